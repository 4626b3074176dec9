"""What the server's answers mean, in our words. Pure."""

from datetime import datetime
from typing import Any

import httpx

from controller.adapters.nanohub.pace import Failure
from controller.ports import Rejected, Unauthorized, Unavailable, Unwoken
from controller.retry_after import asked_to_wait

#: What a failed push is called, by notify and by push.
_PUSH_FAILED = ("push error", "push_error")

#: The server, or what stands before it, fails as a whole.
_FAILS = frozenset({429, 502, 503, 504})


class PushFailed(Unwoken):
    """The command is in the devices' queues, and at least one of them was not woken."""


class Missing(Rejected):
    """There is no such thing, or none any more."""


def content(answer: httpx.Response) -> Any:
    """The document in it; `Unavailable` where it is no JSON."""
    try:
        return answer.json()
    except ValueError as error:
        raise Unavailable(f"{_found(answer.request.url.path, answer)}; expected JSON") from error


def checked(asked: str, answer: httpx.Response, wait: float) -> httpx.Response:
    """The answer, where it is yes; 304 is the server's way to say that it is so already.

    *wait* is for how many seconds the server is left alone.
    """
    code = answer.status_code
    if answer.is_success or code == httpx.codes.NOT_MODIFIED:
        return answer
    found = _found(asked, answer)
    if code in (401, 403):
        raise Unauthorized(f"{found}; expected its API key in the Secret's entry apiKey")
    if code == httpx.codes.TOO_MANY_REQUESTS or code >= 500:
        raise Unavailable(found, wait, throttled=_throttles(answer))
    if code == httpx.codes.NOT_FOUND:
        raise Missing(found)
    raise Rejected(f"{found}; expected 200, 204 or 304 from NanoHUB's API")


def checked_push(asked: str, answer: httpx.Response, wait: float) -> httpx.Response:
    """As `checked`; `PushFailed` where the command is queued all the same."""
    if answer.is_server_error and (
        answer.status_code == httpx.codes.GATEWAY_TIMEOUT or any(s in answer.text for s in _PUSH_FAILED)
    ):
        raise PushFailed(_found(asked, answer))
    return checked(asked, answer, wait)


def silence(error: httpx.RequestError) -> str:
    """That no answer came."""
    return f"the MDM does not answer: {str(error) or type(error).__name__}"


def failure(asked: str, answer: httpx.Response, now: datetime) -> Failure | None:
    """How the server fails as a whole; None where it does not, though it may fail in this one thing."""
    if answer.status_code not in _FAILS:
        return None
    return Failure(_found(asked, answer), _throttles(answer), asked_to_wait(answer.headers, now))


def _throttles(answer: httpx.Response) -> bool:
    asks = answer.status_code in _FAILS and "Retry-After" in answer.headers
    return asks or answer.status_code == httpx.codes.TOO_MANY_REQUESTS


def _found(asked: str, answer: httpx.Response) -> str:
    return f"the MDM answered {answer.status_code} to {asked[:200]}: {' '.join(answer.text.split())[:200]}"
