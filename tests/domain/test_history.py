"""What was known on each day of a history."""

from datetime import UTC, date, datetime
from functools import cache

import pytest

from controller.domain.catalog import Catalog
from controller.domain.history import days
from controller.domain.readings import Entry, Reading
from controller.domain.versions import platform_of
from tests.domain.builders import v
from tests.domain.rehearsal import lab_days
from tests.lab.readings import MODELS

MAC = "J314sAP"
CORE = frozenset({"iOS", "macOS"})


def an_entry(version: str, posted: str, *models: str, expires: str = "2026-01-01") -> Entry:
    return Entry(
        v(version),
        f"{version}B1",
        date.fromisoformat(posted),
        date.fromisoformat(expires),
        frozenset(models or (MAC,)),
    )


def a_reading(*public: Entry) -> Reading:
    return Reading(CORE, public, public)


def offered(first: int, last: int, *made: tuple[str, Reading]) -> list[list[str]]:
    """What the Mac was offered on each of these days of August."""
    readings = [(datetime.fromisoformat(f"2025-08-{at}").replace(tzinfo=UTC), read) for at, read in made]
    listed = days(readings, [MAC], date(2025, 8, first), date(2025, 8, last))
    return [_offered(catalog) for _, catalog in listed]


def _offered(catalog: Catalog) -> list[str]:
    shelf = catalog.shelf(MAC)
    return [str(r.version) for r in shelf.releases if r.public] if shelf else []


OLD, NEW = an_entry("15.6", "2025-07-29"), an_entry("15.6.1", "2025-08-20")


def test_a_day_is_looked_at_at_noon() -> None:
    made = [("20T11:59", a_reading(OLD)), ("20T12:01", a_reading(NEW))]
    assert offered(19, 21, *made) == [[], ["15.6"], ["15.6.1"]]


def test_what_came_before_the_first_day_is_known() -> None:
    assert offered(20, 20, ("01T06:00", a_reading(OLD))) == [["15.6"]]


def test_the_last_reading_expires_though_no_other_comes() -> None:
    short = an_entry("15.6", "2025-07-29", expires="2025-08-20")
    assert offered(20, 21, ("19T06:00", a_reading(short, NEW))) == [["15.6", "15.6.1"], ["15.6.1"]]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(Reading(frozenset(), (), ()), id="empty"),
        pytest.param(Reading(frozenset({"macOS"}), (NEW,), (NEW,)), id="no phones"),
        pytest.param(a_reading(an_entry("15.6.1", "2025-08-20")), id="less than half, though not of ours"),
    ],
)
def test_a_reading_is_believed_or_not_as_a_whole(bad: Reading) -> None:
    whole = a_reading(OLD, an_entry("18.6", "2025-07-29", "iPhone15,2", "iPhone16,1"))
    assert offered(20, 21, ("20T06:00", whole), ("21T06:00", bad)) == [["15.6"], ["15.6"]]


@cache
def known(*models: str) -> list[Catalog]:
    """What was known of these models on each day of the lab's autumn."""
    return [catalog for _, catalog in lab_days(models)]


@pytest.mark.parametrize("model", MODELS)
def test_one_model_alone_is_told_the_same_as_among_all(model: str) -> None:
    """Its shelf, and since when the majors of its platform exist."""
    platform = platform_of(model)
    assert platform
    for alone, among in zip(known(model), known(*MODELS), strict=True):
        assert alone.shelf(model) == among.shelf(model)
        assert alone.majors(platform) == among.majors(platform)
