"""The catalog that the benchmarks decide by: two recorded years of real answers, or the lab's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from controller.adapters.lookup import parse_history, parse_reading
from controller.domain.catalog import Catalog
from controller.domain.catalog_document import from_document, to_document
from controller.domain.readings import Reading
from tests.data import RECORDED, recorded
from tests.lab.readings import WORLD

#: The older promises in force were made so long ago, by what was listed then; a release came out since.
AGE = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class History:
    """The catalog as it was when the older promises were made, and the one of *now*."""

    before: Catalog
    catalog: Catalog
    now: datetime

    def to_document(self) -> dict[str, Any]:
        """It as JSON, for a process of its own."""
        return {
            "before": to_document(self.before),
            "catalog": to_document(self.catalog),
            "now": self.now.isoformat(),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "History":
        """What `to_document` wrote."""
        catalogs = from_document(document["before"]), from_document(document["catalog"])
        return cls(*catalogs, datetime.fromisoformat(document["now"]))


def source() -> str:
    """What `recorded_history` is made of here, to stand beside the figures."""
    if RECORDED.is_dir():
        return "what the lookup service was recorded to answer in two years"
    return "the lab's own few readings, since the recorded ones are not at hand"


def recorded_history() -> History:
    """The catalog after everything that is recorded, or the lab's where nothing is."""
    if not RECORDED.is_dir():
        return lab_history(datetime(2025, 12, 31, tzinfo=UTC))
    return _learn(parse_history(recorded("pmv_replay")))


def lab_history(now: datetime) -> History:
    """The catalog of the lab's own lookup service: fewer models and releases."""
    posted = sorted({release.posted for release in WORLD.releases})
    moments = [datetime.combine(day, time(18), UTC) for day in posted if day < (now - AGE).date()]
    readings = [(day, parse_reading(WORLD.answer(day.date()))) for day in (*moments, now - AGE, now)]
    return _learn(readings)


def _learn(readings: Sequence[tuple[datetime, Reading]]) -> History:
    """Learn the way the operator does."""
    now = readings[-1][0].replace(hour=12, minute=0, second=0, microsecond=0)
    before = catalog = Catalog()
    for moment, reading in readings:
        if not reading.doubt(catalog.public_pairs()):
            catalog = catalog.learn(reading, moment.date())
        if moment.date() <= (now - AGE).date():
            before = catalog
    return History(before, catalog, now)
