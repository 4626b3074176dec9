"""Learn: what Apple's lookup service says becomes the catalog, once it can be believed."""

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from urllib.parse import urlsplit

from controller.domain.catalog import Catalog
from controller.domain.catalog_document import from_document, to_document
from controller.domain.conditions import Condition
from controller.domain.readings import Reading
from controller.ports import Lookup, Notes, Unavailable

#: Where the catalog is kept over restarts: a ConfigMap of the home namespace.
NAME = "pomona-catalog"

#: Apple's own software lookup service.
LOOKUP_URL = "https://gdmf.apple.com/v2/pmv"

#: Apple asks to be asked once a day at most, and posts at about 18:00 UTC.
DAY, HOUR_OF_DAY, LATE = timedelta(hours=24), time(20), timedelta(hours=1)
LONGEST_BACK_OFF = timedelta(hours=6)
MIRROR_BACK_OFF = timedelta(minutes=1)

#: The moment of the last believed reading is kept over restarts as exactly as this.
KEPT = timedelta(hours=23)

#: So many daily readings that agree are believed though each could not be.
AGREEING = 3


@dataclass(frozen=True, slots=True)
class Doubt:
    """Readings that could not be believed: a digest of what they say, and the days on which they said it."""

    digest: str = ""
    days: tuple[date, ...] = ()

    def again(self, digest: str, today: date) -> "Doubt":
        """The doubt after one more such reading."""
        if digest != self.digest:
            return Doubt(digest, (today,))
        return self if today in self.days else replace(self, days=(*self.days, today))


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known now. *believed* is the moment of the last believed reading; None before the first one."""

    catalog: Catalog = field(default_factory=Catalog)
    believed: datetime | None = None
    doubt: Doubt = Doubt()
    trouble: str = ""
    reason: str = "Believed"

    @property
    def fresh(self) -> Condition:
        """The condition CatalogFresh; its message tells since when, not how long."""
        since = f"{self.believed:%Y-%m-%dT%H:%M:%SZ}" if self.believed else ""
        if self.trouble:
            stands = (
                f"; the catalog of {since} stands"
                if since
                else "; nothing is decided before the first answer"
            )
            return Condition("CatalogFresh", False, self.reason, self.trouble + stands)
        if not self.believed:
            return Condition("CatalogFresh", False, "Unreachable", "no answer of the lookup service yet")
        return Condition("CatalogFresh", True, "Believed", "the lookup service answers")


@dataclass(frozen=True, slots=True)
class Cadence:
    """When the lookup service is asked: Apple's own host daily, a mirror as often as it is wished."""

    url: str
    interval: timedelta

    @property
    def apple(self) -> bool:
        """Is it Apple's own host?"""
        return urlsplit(self.url).hostname == urlsplit(LOOKUP_URL).hostname

    def after_success(self, believed: datetime, chance: random.Random) -> datetime:
        """When to ask again after a believed reading."""
        if not self.apple:
            return believed + self.interval
        earliest = believed + max(DAY, self.interval)
        evening = datetime.combine(earliest.date(), HOUR_OF_DAY, UTC)
        if evening <= earliest < evening + LATE:
            return earliest
        if evening < earliest:
            evening += DAY
        # From any other hour, a few hours closer to the evening each day.
        return min(evening + chance.random() * LATE / 2, earliest + LONGEST_BACK_OFF)

    def after_failure(self, failures: int, wait: float, chance: random.Random) -> timedelta:
        """How long to stay away after so many failures in a row; *wait* is what the other side asked for."""
        longest = LONGEST_BACK_OFF if self.apple else max(self.interval, MIRROR_BACK_OFF)
        first = timedelta(minutes=1) if self.apple else min(self.interval, MIRROR_BACK_OFF)
        back_off = first * 2.0 ** min(failures - 1, 16) * chance.uniform(0.8, 1.2)
        return min(longest, max(back_off, timedelta(seconds=wait)))


class Learner:
    """The learn flow: one for the process, and so for all of its fleets."""

    def __init__(self, lookup: Lookup, notes: Notes, cadence: Cadence, chance: random.Random) -> None:
        self._lookup = lookup
        self._notes = notes
        self._cadence = cadence
        self._chance = chance
        self._failures = 0
        self._due: datetime | None = None
        self._kept: datetime | None = None
        self.knowledge = Knowledge()

    async def turn(self, now: datetime) -> float:
        """Ask if it is time to; how many seconds until the next time."""
        if self._due is None:
            self._due = await self._begin(now)
        if self._due <= now:
            self._due = now + await self._ask(now)
        return (self._due - now).total_seconds()

    async def _begin(self, now: datetime) -> datetime:
        """Recall what an earlier process knew; when to ask first."""
        self.knowledge = _recall(await self._notes.recall(NAME))
        self._kept = believed = self.knowledge.believed
        return self._cadence.after_success(believed, self._chance) if believed else now

    async def _ask(self, now: datetime) -> timedelta:
        try:
            reading = await self._lookup.read()
        except Unavailable as error:
            return self._failed(str(error), "Unreachable", error.wait)
        return await self._judge(reading, now)

    async def _judge(self, reading: Reading, now: datetime) -> timedelta:
        known = self.knowledge
        trouble = reading.doubt(known.catalog.public_pairs())
        if trouble:
            doubt = known.doubt.again(_digest(reading), now.date())
            if len(doubt.days) < AGREEING or not reading.public:
                if doubt != known.doubt:
                    self.knowledge = replace(known, doubt=doubt)
                    await self._remember()
                return self._failed(trouble, "Unbelievable", 0.0)
        catalog = known.catalog.learn(reading, now.date())
        same = catalog == known.catalog
        self.knowledge = Knowledge(known.catalog if same else catalog, now)
        self._failures = 0
        if not same or known.doubt != Doubt() or self._kept is None or now - self._kept >= KEPT:
            await self._remember()
            self._kept = now
        return self._cadence.after_success(now, self._chance) - now

    def _failed(self, trouble: str, reason: str, wait: float) -> timedelta:
        self._failures += 1
        self.knowledge = replace(self.knowledge, trouble=trouble, reason=reason)
        return self._cadence.after_failure(self._failures, wait, self._chance)

    async def _remember(self) -> None:
        known = self.knowledge
        await self._notes.remember(
            NAME,
            {
                "catalog": json.dumps(to_document(known.catalog), separators=(",", ":")),
                "believed": known.believed.isoformat() if known.believed else "",
                "doubt": json.dumps([known.doubt.digest, [day.isoformat() for day in known.doubt.days]]),
            },
        )


def _recall(entries: Mapping[str, str]) -> Knowledge:
    """What an earlier process knew; else the bundled dates, which alone decide nothing."""
    if "catalog" not in entries:
        return Knowledge(bundled())
    digest, days = json.loads(entries["doubt"])
    return Knowledge(
        from_document(json.loads(entries["catalog"])),
        datetime.fromisoformat(entries["believed"]) if entries["believed"] else None,
        Doubt(digest, tuple(map(date.fromisoformat, days))),
    )


def bundled() -> Catalog:
    """The earliest posting dates that the package carries: all releases are known, none is on offer."""
    return from_document(json.loads((files("controller") / "data/posted.json").read_text()))


def _digest(reading: Reading) -> str:
    """What a reading says, without its dates and its order."""
    said = sorted(
        {
            (str(entry.version), entry.build, section, *sorted(entry.models))
            for section, entries in (("public", reading.public), ("signed", reading.signed))
            for entry in entries
        }
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
