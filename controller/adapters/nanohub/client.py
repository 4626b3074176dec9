"""Requests to NanoHUB."""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

import httpx

from controller.adapters.nanohub.answers import PushFailed, checked, checked_push, content
from controller.adapters.nanohub.clock import Clock
from controller.adapters.nanohub.gate import Gate
from controller.ports import Rejected, Unavailable

_TIMEOUT = httpx.Timeout(20.0, connect=5.0)

#: A notify pushes to each device before it answers, and a timeout would end the pushes that are left.
_TELLING = httpx.Timeout(120.0, connect=5.0)

_CLOCK = Clock()

Query = Mapping[str, str] | Sequence[tuple[str, str]]

#: Hears of each request that was sent: the status of its answer, 0 where none came; how many seconds it took.
OnRequest = Callable[[int, float], None]


class Client:
    """One NanoHUB, asked no faster than it can take.

    Changes of the same key follow one another: its simpler storages lock up otherwise.
    """

    def __init__(self, http: httpx.AsyncClient, on_request: OnRequest, clock: Clock = _CLOCK) -> None:
        self.clock = clock
        self._http = http
        self._gate = Gate(clock)
        self._on_request = on_request
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @classmethod
    def connect(cls, url: str, api_key: str, ca_pem: str, on_request: OnRequest) -> "Client":
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
        return cls(http, on_request)

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.aclose()

    async def document(self, path: str) -> Any:
        """Ask for a document. `Missing` where there is none, `Unavailable` where the answer is no JSON."""
        return content(await self._ask("GET", path, None))

    async def names(self, path: str) -> list[str]:
        """Ask for a list of names; the server says `null` where there are none."""
        found = await self.document(path) or []
        if not isinstance(found, list):
            raise Unavailable(f"the MDM answered {str(found)[:200]} to GET {path}; expected a list")
        return found

    async def report(self, enrollment: str, index: int, none: Sequence[str]) -> httpx.Response | None:
        """Ask for a stored report; None where the server says one of *none*, with whatever status.

        That is counted as what it means.
        """
        path = f"/ddm/status-report/{enrollment}"

        def is_none(answer: httpx.Response) -> bool:
            return answer.is_error and any(sign in answer.text for sign in none)

        answer = await self._send("GET", path, {"index": str(index)}, is_missing=is_none)
        if is_none(answer):
            return None
        return checked(f"GET {path}", answer, self._gate.rest())

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
        found = content(await self._wake("GET", f"/nanomdm/push/{ids}", None))
        if not isinstance(found, dict):
            raise Unavailable(f"the MDM answered {str(found)[:200]} to a push; expected an object")
        by_enrollment = found.get("status") or {}
        return {e: str(said["push_error"]) for e, said in by_enrollment.items() if "push_error" in said}

    async def _wake(self, method: str, path: str, query: Query | None) -> httpx.Response:
        try:
            answer = await self._send(method, path, query, pushes=True)
        except Unavailable as error:
            if isinstance(error.__cause__, httpx.ReadTimeout):
                raise PushFailed(str(error)) from error
            raise
        return checked_push(f"{method} {path}", answer, self._gate.rest())

    async def _ask(
        self, method: str, path: str, query: Query | None, body: bytes | None = None
    ) -> httpx.Response:
        answer = await self._send(method, path, query, body)
        return checked(f"{method} {path}", answer, self._gate.rest())

    async def _send(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: bytes | None = None,
        *,
        pushes: bool = False,
        is_missing: Callable[[httpx.Response], bool] = lambda _: False,
    ) -> httpx.Response:
        limits = _TELLING if pushes else _TIMEOUT

        async def ask() -> httpx.Response:
            began = self.clock.seconds()
            try:
                answer = await self._http.request(
                    method, path, params=_pairs(query), content=body, timeout=limits
                )
            except httpx.RequestError:
                self._on_request(0, self.clock.seconds() - began)
                raise
            code = httpx.codes.NOT_FOUND if is_missing(answer) else answer.status_code
            self._on_request(code, self.clock.seconds() - began)
            return answer

        return await self._gate.send(f"{method} {path}", ask, pushes=pushes)


def _pairs(query: Query | None) -> list[tuple[str, str | int | float | bool | None]]:
    return list(query.items() if isinstance(query, Mapping) else query or ())
