"""Requests to NanoHUB, its failures in our words."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

import httpx

from controller.ports import Rejected, Unauthorized, Unavailable, Unwoken

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)

#: A notify pushes to each device before it answers, and a timeout would end the pushes that are left.
_TELLING = httpx.Timeout(120.0, connect=5.0)

#: What a failed push is called, by notify and by push.
_PUSH_FAILED = ("push error", "push_error")

Query = Mapping[str, str] | Sequence[tuple[str, str]]


class PushFailed(Unwoken):
    """The command is in the devices' queues, and at least one of them was not woken."""


class Missing(Rejected):
    """There is no such thing, or none any more."""


class Client:
    """One NanoHUB. Changes of the same key follow one another: its simpler storages lock up otherwise."""

    def __init__(self, http: httpx.AsyncClient, on_response: Callable[[int], None]) -> None:
        self._http = http
        self._on_response = on_response
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def connect(cls, url: str, api_key: str, ca_pem: str, on_response: Callable[[int], None]) -> "Client":
        """A client of the server at *url*; *ca_pem* replaces the public authorities where it is given.

        `Rejected` when one of them cannot be used.
        """
        try:
            http = httpx.AsyncClient(
                base_url=f"{url.rstrip('/')}/api/v1",
                auth=httpx.BasicAuth("nanohub", api_key),
                verify=ssl.create_default_context(cadata=ca_pem or None),
                timeout=_TIMEOUT,
                headers={"User-Agent": "pomona"},
            )
        except (ssl.SSLError, ValueError, TypeError) as error:
            raise Rejected(f"the MDM's ca.crt: {error}; expected certificates as PEM") from error
        except httpx.InvalidURL as error:
            raise Rejected(
                f"the MDM's address {url!r}: {error}; expected such as https://mdm.acme.example"
            ) from error
        return cls(http, on_response)

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()

    async def document(self, path: str) -> Any:
        """Ask for a document. `Missing` where there is none, `Unavailable` where the answer is no JSON."""
        return _json(await self._ask("GET", path, None))

    async def names(self, path: str) -> list[str]:
        """Ask for a list of names; the server says `null` where there are none."""
        found = await self.document(path) or []
        if not isinstance(found, list):
            raise Unavailable(f"the MDM answered {str(found)[:200]} to GET {path}; expected a list")
        return found

    async def type_of(self, declaration: str) -> str:
        """The type of a declaration; empty where there is none."""
        try:
            found = await self.document(f"/ddm/declarations/{quote(declaration, safe='')}")
        except Missing:
            return ""
        return str(found.get("Type", "")) if isinstance(found, dict) else ""

    async def report(self, enrollment: str, index: int, none: Sequence[str]) -> httpx.Response | None:
        """Ask for a stored report; None where the server says one of *none*, with whatever status."""
        path = f"/ddm/status-report/{enrollment}"
        answer = await self._send("GET", path, {"index": str(index)})
        if answer.is_error and any(sign in answer.text for sign in none):
            return None
        return _checked(f"GET {path}", answer)

    async def change(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        """Change something, telling nobody. That it is so already is fine."""
        key = f"{path} {query}"
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            await self._ask(method, path, {**(query or {}), "nonotify": "1"}, body)

    async def notify(self, query: Query) -> None:
        """Queue a command for devices and wake them. `PushFailed` where it is queued all the same."""
        await self._wake("POST", "/ddm/notify", query)

    async def push(self, enrollments: Sequence[str]) -> dict[str, str]:
        """Wake devices; those that could not be woken, with the reason. `PushFailed` where that is all."""
        ids = ",".join(quote(enrollment, safe="") for enrollment in enrollments)
        found = _json(await self._wake("GET", f"/nanomdm/push/{ids}", None))
        if not isinstance(found, dict):
            raise Unavailable(f"the MDM answered {str(found)[:200]} to a push; expected an object")
        by_enrollment = found.get("status") or {}
        return {e: str(said["push_error"]) for e, said in by_enrollment.items() if "push_error" in said}

    async def _wake(self, method: str, path: str, query: Query | None) -> httpx.Response:
        try:
            answer = await self._send(method, path, query, limits=_TELLING)
        except Unavailable as error:
            if isinstance(error.__cause__, httpx.ReadTimeout):
                raise PushFailed(str(error)) from error
            raise
        if answer.is_server_error and (
            answer.status_code == httpx.codes.GATEWAY_TIMEOUT or any(s in answer.text for s in _PUSH_FAILED)
        ):
            raise PushFailed(_found(f"{method} {path}", answer))
        return _checked(f"{method} {path}", answer)

    async def _ask(
        self, method: str, path: str, query: Query | None, body: bytes | None = None
    ) -> httpx.Response:
        return _checked(f"{method} {path}", await self._send(method, path, query, body))

    async def _send(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: bytes | None = None,
        limits: httpx.Timeout = _TIMEOUT,
    ) -> httpx.Response:
        try:
            answer = await self._http.request(
                method, path, params=_pairs(query), content=body, timeout=limits
            )
        except httpx.RequestError as error:
            raise Unavailable(f"the MDM does not answer: {str(error) or type(error).__name__}") from error
        self._on_response(answer.status_code)
        return answer


def _pairs(query: Query | None) -> list[tuple[str, str | int | float | bool | None]]:
    return list(query.items() if isinstance(query, Mapping) else query or ())


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise Unavailable(f"{_found(answer.request.url.path, answer)}; expected JSON") from error


def _found(asked: str, answer: httpx.Response) -> str:
    return f"the MDM answered {answer.status_code} to {asked[:200]}: {' '.join(answer.text.split())[:200]}"


def _checked(asked: str, answer: httpx.Response) -> httpx.Response:
    """The answer, where it is yes; 304 is the server's way to say that it is so already."""
    code = answer.status_code
    if answer.is_success or code == httpx.codes.NOT_MODIFIED:
        return answer
    found = _found(asked, answer)
    if code in (401, 403):
        raise Unauthorized(f"{found}; expected its API key in the Secret's entry apiKey")
    if code == httpx.codes.TOO_MANY_REQUESTS or code >= 500:
        wait = answer.headers.get("Retry-After", "")
        raise Unavailable(found, float(wait) if wait.isdecimal() else 0.0)
    if code == httpx.codes.NOT_FOUND:
        raise Missing(found)
    raise Rejected(f"{found}; expected 200, 204 or 304 from NanoHUB's API")
