"""Requests to NanoHUB, its failures in our words."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from weakref import WeakValueDictionary

import httpx

from controller.ports import Rejected, Unauthorized, Unavailable

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)

#: A notify pushes to each device before it answers, and a timeout would end the pushes that are left.
_TELLING = httpx.Timeout(120.0, connect=5.0)

#: What a failed push is called, by notify and by push.
_PUSH_FAILED = ("push error", "push_error")

Query = Mapping[str, str] | Sequence[tuple[str, str]]


class PushFailed(Unavailable):
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
        """A client of the server at *url*; *ca_pem* replaces the public authorities where it is given."""
        http = httpx.AsyncClient(
            base_url=f"{url.rstrip('/')}/api/v1",
            auth=httpx.BasicAuth("nanohub", api_key),
            verify=ssl.create_default_context(cadata=ca_pem or None),
            timeout=_TIMEOUT,
            headers={"User-Agent": "pomona"},
        )
        return cls(http, on_response)

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()

    async def get(self, path: str, query: Query | None = None) -> httpx.Response:
        """Ask for something."""
        return await self._ask("GET", path, query)

    async def names(self, path: str) -> list[str]:
        """Ask for a list of names; the server says `null` where there are none."""
        return (await self.get(path)).json() or []

    async def change(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> None:
        """Change something, telling nobody. That it is so already is fine."""
        silently = {**(query or {}), "nonotify": "1"}
        key = f"{path} {query}"
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            await self._ask(method, path, silently, body)

    async def tell(self, method: str, path: str, query: Query | None = None) -> None:
        """Ask for devices to be woken. `PushFailed` where their commands are queued all the same."""
        try:
            await self._ask(method, path, query, limits=_TELLING)
        except Unavailable as error:
            if any(sign in str(error) for sign in _PUSH_FAILED) or isinstance(
                error.__cause__, httpx.ReadTimeout
            ):
                raise PushFailed(str(error)) from error
            raise

    async def _ask(
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
        except httpx.TransportError as error:
            raise Unavailable(f"the MDM does not answer: {str(error) or type(error).__name__}") from error
        self._on_response(answer.status_code)
        if answer.status_code >= 400:
            raise _failure(f"{method} {path}", answer)
        return answer


def _pairs(query: Query | None) -> list[tuple[str, str | int | float | bool | None]]:
    return list(query.items() if isinstance(query, Mapping) else query or ())


def _failure(asked: str, answer: httpx.Response) -> Unavailable | Rejected:
    code, said = answer.status_code, " ".join(answer.text.split())[:200]
    found = f"the MDM answered {code} to {asked}: {said}"
    if code in (401, 403):
        return Unauthorized(f"{found}; expected its API key in the Secret's entry apiKey")
    if code == 429 or code >= 500:
        wait = answer.headers.get("Retry-After", "")
        return Unavailable(found, float(wait) if wait.isdecimal() else 0.0)
    return Missing(found) if code == 404 else Rejected(found)
