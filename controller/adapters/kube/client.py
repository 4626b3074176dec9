"""Requests to the API server, its failures in our words.

Over aiohttp: at the rate of status writes httpx costs seven times as much CPU per request, and ever more with
the number of connections.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from yarl import URL

from controller.adapters.kube.access import Access
from controller.adapters.kube.wire import Status
from controller.ports import Rejected, Unauthorized, Unavailable

#: How long a credential is used before the `kubernetes` package is asked whether it has expired.
FRESH = 30.0

_BUFFER = 1 << 20
_CONNECT = 5.0
_TOTAL = aiohttp.ClientTimeout(total=30.0, sock_connect=_CONNECT)
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "pomona"}
_NO_QUERY: Mapping[str, str] = {}


class Refused(Rejected):
    """The API server answered with a client error; *status* is what it said."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.message)
        self.status = status


class NotFound(Refused):
    """There is no such object, or no such kind."""


class Conflict(Refused):
    """The object is another one by now, or exists already."""


class Gone(Refused):
    """What the request goes on from is too old: list again."""


_REFUSALS = {404: NotFound, 409: Conflict, 410: Gone}


class _Credentials:
    """The header that lets us in, renewed outside the event loop: a plugin may take seconds."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._headers: dict[str, str] = {}
        self._until = 0.0
        self._renewal = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        async with self._renewal:
            if time.monotonic() >= self._until:
                value = await asyncio.to_thread(self._access.authorization)
                self._headers = {"Authorization": value} if value else {}
                self._until = time.monotonic() + FRESH
        return self._headers


class Client:
    """One API server, from within one event loop. Raises `Unavailable` or `Rejected`, and nothing else."""

    def __init__(self, access: Access) -> None:
        self.home = access.namespace
        self._access = access
        self._credentials = _Credentials(access)
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=access.tls()),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            read_bufsize=_BUFFER,
            timeout=_TOTAL,
        )

    async def close(self) -> None:
        """Leave no connection open."""
        await self._http.close()

    async def get(self, path: str, query: Mapping[str, str] = _NO_QUERY) -> bytes:
        """The object or list at *path*."""
        return await self._ask("GET", path, query)

    async def post(self, path: str, document: Any, query: Mapping[str, str] = _NO_QUERY) -> bytes:
        """Create an object; the answer is the object. `Conflict` where there is one of that name."""
        return await self._ask("POST", path, query, document, "application/json")

    async def put(self, path: str, document: Any) -> bytes:
        """Replace an object; `Conflict` when its resourceVersion is not the one in *document*."""
        return await self._ask("PUT", path, _NO_QUERY, document, "application/json")

    async def merge(self, path: str, document: Any, query: Mapping[str, str]) -> bytes:
        """Merge *document* into an object; the answer is the object."""
        return await self._ask("PATCH", path, query, document, "application/merge-patch+json")

    async def apply(self, path: str, document: Any, query: Mapping[str, str]) -> bytes:
        """Server-side apply; the answer is the object."""
        return await self._ask("PATCH", path, query, document, "application/apply-patch+yaml")

    async def delete(self, path: str) -> bytes:
        """Delete an object."""
        return await self._ask("DELETE", path, _NO_QUERY)

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str], document: Any = None, content_type: str = ""
    ) -> bytes:
        body = msgspec.json.encode(document) if content_type else None
        headers = {"Content-Type": content_type} if content_type else {}
        async with self._request(method, path, query, _TOTAL, headers, body) as answer:
            return await answer.read()

    @asynccontextmanager
    async def stream(
        self, path: str, query: Mapping[str, str], idle: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """An answer that goes on, in chunks; `Unavailable` after *idle* seconds without any."""
        patience = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT, sock_read=idle)
        async with self._request("GET", path, query, patience, {}, None) as answer:
            yield answer.content.iter_any()

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        patience: aiohttp.ClientTimeout,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer that is a success."""
        try:
            async with self._http.request(
                method,
                URL(f"{self._access.url}{path}?{urlencode(query)}", encoded=True),
                data=body,
                headers={**headers, **await self._credentials.headers()},
                timeout=patience,
                allow_redirects=False,
                server_hostname=self._access.server_name or None,
                proxy=self._access.proxy or None,
            ) as answer:
                if answer.status >= 300:
                    raise refusal(answer.status, await answer.read(), answer.headers.get("Retry-After", ""))
                try:
                    yield answer
                finally:
                    _let_go(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(error) from error


def _let_go(answer: aiohttp.ClientResponse) -> None:
    """Leave an answer that has not come to its end, such as a watch.

    A connection that is closed says goodbye and waits for the server to, and nobody waits for that: it could
    be open still when all ends.
    """
    if answer.connection and answer.connection.transport:
        answer.connection.transport.abort()


def _unreachable(error: Exception) -> Unavailable:
    return Unavailable(f"the API server does not answer: {str(error) or type(error).__name__}")


def refusal(code: int, body: bytes, retry_after: str = "") -> Unavailable | Rejected:
    """What an answer that is no success means."""
    status = _status(code, body)
    if code == 429 or (code >= 500 and not _is_about_the_manifest(status)):
        wait = float(retry_after) if retry_after.isdecimal() else 0.0
        return Unavailable(f"the API server answered {code}: {status.message}", wait)
    if code == 401:
        return Unauthorized(f"the API server does not accept our credentials: {status.message}")
    return _REFUSALS.get(code, Refused)(status)


def _is_about_the_manifest(status: Status) -> bool:
    # Server-side apply answers 500 to a field that the schema does not know.
    return status.message.startswith("failed to create typed patch object")


def _status(code: int, body: bytes) -> Status:
    try:
        status = msgspec.json.decode(body, type=Status)
    except msgspec.DecodeError:
        status = Status(message=f"HTTP {code}")
    return msgspec.structs.replace(status, code=code)
