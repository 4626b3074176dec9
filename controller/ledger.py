"""The ledger: who may hold something of a fleet's, over restarts.

An MDM cannot say who is a member of a class. Without the ledger, a Device that is deleted while no process
runs would keep what it has.
"""

import base64
import logging
import zlib
from collections.abc import Collection
from dataclasses import dataclass, field

from controller.ports import Notes

log = logging.getLogger(__name__)

#: A ConfigMap holds a mebibyte, all in all; that is some 50,000 enrollments.
MOST = 1_000_000

#: The ConfigMap, and its entry.
NAME, ENTRY = "pomona-ledger", "enrollments"


@dataclass
class Ledger:
    """The enrollments of one fleet. An enrollment is in it before anything is written to the MDM for it."""

    notes: Notes
    _kept: frozenset[str] | None = field(default=None, init=False)

    async def recall(self) -> frozenset[str]:
        """Who is in it."""
        if self._kept is None:
            entries = await self.notes.recall(NAME)
            self._kept = parse(entries[ENTRY]) if ENTRY in entries else frozenset()
        return self._kept

    async def keep(self, enrollments: Collection[str]) -> None:
        """Have just these in it."""
        wanted = frozenset(enrollments)
        if wanted == await self.recall():
            return
        text = to_text(wanted)
        if len(text) > MOST:
            # Everything else works without it; only who is deleted while no process runs keeps what it has.
            log.warning("%d enrollments are too many for the ledger; what it said last stands", len(wanted))
        else:
            await self.notes.remember(NAME, {ENTRY: text})
        self._kept = wanted


def to_text(enrollments: Collection[str]) -> str:
    """One text for one content; compressed, since a ConfigMap holds a mebibyte."""
    return base64.b64encode(zlib.compress("\n".join(sorted(enrollments)).encode(), 9)).decode()


def parse(text: str) -> frozenset[str]:
    """What `to_text` wrote."""
    return frozenset(zlib.decompress(base64.b64decode(text)).decode().split())
