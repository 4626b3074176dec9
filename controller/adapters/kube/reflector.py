"""Keeps a roster of Devices up to date: a list in pages, then a watch that goes on where the list ended."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import msgspec

from controller.adapters.kube.client import Client, Gone, refusal
from controller.adapters.kube.paths import collection
from controller.adapters.kube.roster import Roster
from controller.adapters.kube.wire import Bookmark, Event, Page, RawDevice, Status
from controller.ports import Rejected, Unavailable

#: How many Devices are taken in before others get their turn: about a millisecond's worth.
_SLICE = 25

_log = logging.getLogger(__name__)
_pages = msgspec.json.Decoder(Page[RawDevice])
_events = msgspec.json.Decoder(Event)
_devices = msgspec.json.Decoder(RawDevice)
_bookmarks = msgspec.json.Decoder(Bookmark)


@dataclass(frozen=True, slots=True)
class Pace:
    """How a reflector goes about it, in seconds. The API server sends a bookmark about once a minute."""

    page: int = 500
    idle: float = 90.0
    watch: float = 300.0
    first_wait: float = 0.5
    longest_wait: float = 30.0


PACE = Pace()


class Reflector:
    """Lists and watches the Devices of one namespace, or of all where it is empty."""

    def __init__(self, client: Client, namespace: str, roster: Roster, pace: Pace) -> None:
        self.synced = asyncio.Event()
        self._client = client
        self._path = collection("Device", namespace)
        self._roster = roster
        self._pace = pace
        self._wait = 0.0
        self._stale = True

    async def run(self) -> None:
        """Go on until cancelled; a failure is logged when it begins, and tried again ever more slowly."""
        while True:
            try:
                if self._stale:
                    await self._list()
                await self._watch()
            except Gone:
                self._stale = True
            except (Unavailable, Rejected, msgspec.DecodeError) as error:
                await self._pause(error)
            else:
                # All watches of a restarted API server end at once.
                await asyncio.sleep(random.uniform(0, self._pace.first_wait))

    async def _pause(self, error: Unavailable | Rejected | msgspec.DecodeError) -> None:
        if not self._wait:
            _log.warning("Devices are not heard of: %s", error)
        self._stale = self._stale or not isinstance(error, Unavailable)
        asked = error.wait if isinstance(error, Unavailable) else 0.0
        self._wait = min(max(2 * self._wait, self._pace.first_wait), self._pace.longest_wait)
        await asyncio.sleep(max(asked, random.uniform(self._wait / 2, self._wait)))

    async def _list(self) -> None:
        """Take in every Device, then forget what was not among them."""
        seen: set[tuple[str, str]] = set()
        version = 0
        async with aclosing(self._read_pages()) as pages:
            async for page in pages:
                version = int(page.metadata.resource_version)
                await self._take_all(page.items)
                seen.update((raw.metadata.namespace, raw.metadata.name) for raw in page.items)
        self._roster.sweep(seen, version)
        self._roster.reached = version
        self._stale = False
        self.synced.set()

    async def _read_pages(self) -> AsyncGenerator[Page[RawDevice], None]:
        """The pages of a list; the next one is asked for while one is read."""
        asked = asyncio.create_task(self._read_page(""))
        try:
            while True:
                page = await asked
                if page.metadata.next:
                    asked = asyncio.create_task(self._read_page(page.metadata.next))
                yield page
                if not page.metadata.next:
                    return
        finally:
            asked.cancel()
            await asyncio.wait({asked})

    async def _read_page(self, go_on: str) -> Page[RawDevice]:
        query = {"limit": str(self._pace.page)} | ({"continue": go_on} if go_on else {})
        return _pages.decode(await self._client.get(self._path, query))

    async def _take_all(self, devices: Sequence[RawDevice]) -> None:
        for start in range(0, len(devices), _SLICE):
            for raw in devices[start : start + _SLICE]:
                self._roster.put(raw)
            await asyncio.sleep(0)

    async def _watch(self) -> None:
        """Take in what happens until the API server ends the watch."""
        query = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": str(self._roster.reached),
            "timeoutSeconds": str(int(random.uniform(self._pace.watch, 2 * self._pace.watch))),
        }
        async with self._client.stream(self._path, query, self._pace.idle) as chunks:
            self._wait = 0.0
            async for line in _lines(chunks):
                self._take(_events.decode(line))

    def _take(self, event: Event) -> None:
        if event.type == "ERROR":
            status = msgspec.json.decode(event.object, type=Status)
            raise refusal(status.code, bytes(event.object))
        if event.type == "BOOKMARK":
            self._roster.reached = int(_bookmarks.decode(event.object).metadata.resource_version)
            return
        raw = _devices.decode(event.object)
        if event.type == "DELETED":
            self._roster.drop(raw)
        else:
            self._roster.put(raw)
        self._roster.reached = int(raw.metadata.resource_version)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line
