"""Learn: what the outside says of a subject becomes knowledge, once it can be believed."""

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Generic

from controller.cadence import Cadence
from controller.knowledge import Doubt, Knowledge, Known, Read, Subject, from_entries, to_entries
from controller.ports import Notes, Readable, Unavailable

#: The moment of the last believed reading is kept over restarts as exactly as this.
KEPT = timedelta(hours=23)

#: So many daily readings that agree are believed though each could not be.
AGREEING = 3


class Learner(Generic[Read, Known]):
    """The learn flow of one subject: one for the process, and so for all of its fleets."""

    def __init__(
        self,
        subject: Subject[Read, Known],
        outside: Readable[Read],
        notes: Notes,
        cadence: Cadence,
        chance: random.Random,
    ) -> None:
        self._subject = subject
        self._outside = outside
        self._notes = notes
        self._cadence = cadence
        self._chance = chance
        self._failures = 0
        self._due: datetime | None = None
        self._kept: datetime | None = None
        self._unkept = False
        self._recalling = asyncio.Lock()
        self.knowledge = Knowledge(subject.words, subject.first())

    async def recall(self, now: datetime) -> datetime:
        """Know what an earlier process knew; when to ask next."""
        async with self._recalling:
            if self._due is None:
                entries = await self._notes.recall(self._subject.note)
                self.knowledge = from_entries(self._subject, entries)
                self._kept = believed = self.knowledge.believed
                self._due = self._cadence.after_success(believed, self._chance) if believed else now
            return self._due

    async def turn(self, now: datetime) -> float:
        """Ask if it is time to; how many seconds until the next time."""
        due = await self.recall(now)
        if due <= now:
            self._due = due = now + await self._ask(now)
        # Notes that cannot be kept now are kept in a later turn, without asking the outside again.
        if self._unkept:
            await self._notes.remember(self._subject.note, to_entries(self._subject, self.knowledge))
            self._unkept = False
        return (due - now).total_seconds()

    async def _ask(self, now: datetime) -> timedelta:
        try:
            reading = await self._outside.read()
        except Unavailable as error:
            return self._failed(str(error), "Unreachable", error.wait)
        return self._judge(reading, now)

    def _judge(self, reading: Read, now: datetime) -> timedelta:
        before = self.knowledge
        trouble = self._subject.doubt(reading, before.known)
        if trouble:
            doubt = before.doubt.again(self._subject.digest(reading), now.date())
            if len(doubt.days) < AGREEING or self._subject.empty(reading):
                self._unkept = self._unkept or doubt != before.doubt
                self.knowledge = replace(before, doubt=doubt)
                return self._failed(trouble, "Unbelievable", 0.0)
        return self._believe(reading, now)

    def _believe(self, reading: Read, now: datetime) -> timedelta:
        before = self.knowledge
        known = self._subject.learn(before.known, reading, now.date())
        same = known == before.known
        self.knowledge = Knowledge(before.words, before.known if same else known, now)
        self._failures = 0
        if not same or before.doubt != Doubt() or self._kept is None or now - self._kept >= KEPT:
            self._unkept, self._kept = True, now
        return self._cadence.after_success(now, self._chance) - now

    def _failed(self, trouble: str, reason: str, wait: float) -> timedelta:
        self._failures += 1
        self.knowledge = replace(self.knowledge, trouble=trouble, reason=reason)
        return self._cadence.after_failure(self._failures, wait, self._chance)
