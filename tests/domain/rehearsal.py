"""Recorded readings for rehearsals, and the rule of other tools to compare with."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache

from controller.adapters.lookup import parse_history
from controller.domain.catalog import Catalog
from controller.domain.history import days
from controller.domain.readings import Reading
from controller.domain.versions import Version
from tests.data import recorded
from tests.lab.history import autumn

#: The models that are rehearsed; a catalog of these alone is learned in a moment.
MODELS = (
    "J314sAP",
    "J132AP",
    "iPhone15,2",
    "iPhone11,2",
    "iPad16,3",
    "iPad7,1",
    "AppleTV14,1",
    "RealityDevice14,1",
)

FIRST, LAST = date(2024, 7, 1), date(2025, 12, 30)
AUTUMN = date(2025, 9, 20)

#: The catalog of each day at noon.
Days = Sequence[tuple[datetime, Catalog]]


@cache
def recorded_days() -> Days:
    """What was known on each recorded day."""
    return tuple(days(recorded_readings(), MODELS, FIRST, LAST))


@cache
def recorded_readings() -> Sequence[tuple[datetime, Reading]]:
    """Every reading that was recorded."""
    return parse_history(recorded("pmv_replay"))


@cache
def lab_readings() -> Sequence[tuple[datetime, Reading]]:
    """The autumn of 2025, as the lab's lookup service would have answered on each morning."""
    return parse_history(json.dumps(autumn(first=AUTUMN)).encode())


def lab_days(models: Iterable[str]) -> Days:
    """What was known of these models on each of those days."""
    readings = lab_readings()
    return tuple(days(readings, models, AUTUMN, readings[-1][0].date()))


def naive(listed: Days, model: str, installed: str, after: int) -> list[int]:
    """The newest release, so many days after the date it has on that day: days behind at each install."""
    behind, runs, readings = list[int](), Version.parse(installed), list(recorded_readings())
    newest: Mapping[str, tuple[Version, date]] = {}
    for noon, catalog in listed:
        while readings and readings[0][0] <= noon:
            reading = readings.pop(0)[1]
            newest = _newest(reading) or newest
        version, posted = newest.get(model, (Version(0), noon.date()))
        if version > runs and posted + timedelta(days=after) <= noon.date():
            behind.append((noon.date() - _oldest(catalog, model, runs, version)).days)
            runs = version
    return behind


def _newest(reading: Reading) -> Mapping[str, tuple[Version, date]]:
    """The newest public release of each model, with the date that this reading gives it."""
    newest: dict[str, tuple[Version, date]] = {}
    for model, release in _listed(reading):
        newest[model] = max(newest.get(model, release), release)
    return newest


def _listed(reading: Reading) -> Iterable[tuple[str, tuple[Version, date]]]:
    return ((m, (e.version, e.posted)) for e in reading.public for m in e.models if m in MODELS)


def _oldest(catalog: Catalog, model: str, runs: Version, asked: Version) -> date:
    """The first posting of the oldest release that a device missed, up to the one that it was asked for."""
    shelf = catalog.shelf(model)
    assert shelf
    return min(r.posted for r in shelf.releases if runs < r.version <= asked and not r.withdrawn)
