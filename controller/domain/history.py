"""A history: readings in the order in which they were made, and what was known on each day of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from controller.domain.catalog import Catalog
from controller.domain.readings import Entry, Reading
from controller.domain.versions import Platform, platform_of

#: On each day the last reading at or before this time is looked at.
NOON = time(12)

Moments = Iterable[tuple[datetime, Reading]]


def noon(day: date) -> datetime:
    """The moment at which a day is looked at, in UTC."""
    return datetime.combine(day, NOON, UTC)


def days(
    readings: Moments, models: Iterable[str], first: date, last: date
) -> Iterator[tuple[datetime, Catalog]]:
    """Each day from *first* to *last* at noon, and the catalog of these models then.

    A reading is asked for daily: it is believed or not as a whole, and what has expired since it was made is
    not on offer. All days before *first* are learned from, too.
    """
    left = sorted(readings, key=lambda made: made[0])
    begin = min(first, left[0][0].date()) if left else first
    learning = Learning(frozenset(model.lower() for model in models))
    at = 0
    for number in range((last - begin).days + 1):
        moment = noon(begin + timedelta(days=number))
        before = at
        while at < len(left) and left[at][0] <= moment:
            at += 1
        if at > before:
            learning.hear(left[at - 1][1])
        learning.learn(moment.date())
        if moment.date() >= first:
            yield moment, learning.catalog


@dataclass(slots=True)
class Learning:
    """The catalog of some models, a day at a time.

    Learning everything for everybody takes a hundred times as long. Beside *models* so many others are
    learned as it takes to know when each major of their platforms began.
    """

    models: frozenset[str]
    catalog: Catalog = field(default_factory=Catalog)
    _pairs: int = 0
    _part: Reading | None = None
    _until: date = date.min
    _began: dict[tuple[Platform, int], date] = field(default_factory=dict)
    _platforms: dict[frozenset[str], dict[Platform, frozenset[str]]] = field(default_factory=dict)

    def hear(self, reading: Reading) -> str:
        """Believe a reading from now on, or say why not; then what was believed before still stands."""
        trouble = reading.doubt(self._pairs)
        if not trouble:
            self._pairs = reading.pairs()
            self._part, self._until = self._part_of(reading), date.min
        return trouble

    def learn(self, today: date) -> None:
        """Learn what is believed, as it stands today; nothing is to be done while nothing of it expires."""
        if self._part is None or today <= self._until:
            return
        learned = self.catalog.learn(self._part, today)
        self.catalog = self.catalog if learned == self.catalog else learned
        entries = (*self._part.public, *self._part.signed, *self._part.improvements)
        self._until = min((e.expires for e in entries if e.expires and e.live(today)), default=date.max)

    def _part_of(self, reading: Reading) -> Reading:
        """What a reading says of our models."""
        for entry in (*reading.public, *reading.signed):
            self._see_major(entry)
        ours: dict[frozenset[str], frozenset[str]] = {}

        def part(entries: Iterable[Entry]) -> Iterator[Entry]:
            for entry in entries:
                models = ours.get(entry.models)
                if models is None:
                    models = frozenset(model for model in entry.models if model.lower() in self.models)
                    ours[entry.models] = models
                if models:
                    yield replace(entry, models=models)

        public, signed, improvements = map(part, (reading.public, reading.signed, reading.improvements))
        return replace(reading, public=tuple(public), signed=tuple(signed), improvements=tuple(improvements))

    def _see_major(self, entry: Entry) -> None:
        """Have a model that knows since when this major exists."""
        for platform, others in self._by_platform(entry.models).items():
            key = (platform, entry.version.major)
            if entry.posted < self._began.get(key, date.max):
                self._began[key] = entry.posted
                if self.models.isdisjoint(others):
                    self.models |= {min(others)}

    def _by_platform(self, models: frozenset[str]) -> dict[Platform, frozenset[str]]:
        """Models by their platform, in lower case, of the platforms of those that are learned."""
        if models not in self._platforms:
            ours = {platform_of(model) for model in self.models}
            found: dict[Platform, set[str]] = {}
            for model in models:
                platform = platform_of(model)
                if platform and platform in ours:
                    found.setdefault(platform, set()).add(model.lower())
            self._platforms[models] = {p: frozenset(of) for p, of in found.items()}
        return self._platforms[models]
