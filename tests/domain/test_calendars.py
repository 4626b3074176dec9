"""Which moments can be a deadline."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.calendars import Calendar, Freeze
from tests.domain.builders import a_freeze, a_policy

MONDAY_TO_THURSDAY = "Mon Tue Wed Thu"
HOLIDAYS = a_freeze("2025-12-19", "2026-01-06")


def a_calendar(*freezes: Freeze, at: str = "18:00", weekdays: str = "", not_before: str = "") -> Calendar:
    given_: dict[str, str] = {"at": at, "not_before": not_before}
    if weekdays:
        given_["weekdays"] = weekdays
    return a_policy(**given_).deadline.calendar.frozen(freezes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("calendar", "moment", "first"),
    [
        pytest.param(a_calendar(), "2025-12-01T18:00", "2025-12-01T18:00", id="the moment itself"),
        pytest.param(a_calendar(), "2025-12-01T18:01", "2025-12-02T18:00", id="a minute later, the next day"),
        pytest.param(
            a_calendar(weekdays=MONDAY_TO_THURSDAY), "2025-12-05T08:00", "2025-12-08T18:00", id="after Friday"
        ),
        pytest.param(a_calendar(HOLIDAYS), "2025-12-19T00:00", "2026-01-07T18:00", id="after the freeze"),
        pytest.param(a_calendar(HOLIDAYS), "2025-12-18T18:00", "2025-12-18T18:00", id="on its eve"),
        pytest.param(a_calendar(HOLIDAYS, weekdays="Mon"), "2025-12-19T00:00", "2026-01-12T18:00", id="both"),
        pytest.param(
            a_calendar(HOLIDAYS, a_freeze("2026-01-07", "2026-01-09")),
            "2025-12-19T00:00",
            "2026-01-10T18:00",
            id="one freeze after another",
        ),
        pytest.param(
            a_calendar(HOLIDAYS, a_freeze("2025-12-24", "2026-01-20")),
            "2025-12-25T00:00",
            "2026-01-21T18:00",
            id="two that overlap",
        ),
        pytest.param(
            a_calendar(not_before="2026-03-01"), "2025-12-25T00:00", "2026-03-01T18:00", id="notBefore"
        ),
    ],
)
def test_the_first_permitted_moment(calendar: Calendar, moment: str, first: str) -> None:
    assert datetime.fromisoformat(first) == calendar.first(datetime.fromisoformat(moment))


@pytest.mark.parametrize(
    ("calendar", "day", "last"),
    [
        pytest.param(a_calendar(), "2025-12-26", "2025-12-26T18:00", id="the day itself"),
        pytest.param(
            a_calendar(weekdays=MONDAY_TO_THURSDAY), "2025-12-26", "2025-12-25T18:00", id="a Friday"
        ),
        pytest.param(a_calendar(HOLIDAYS), "2025-12-26", "2025-12-18T18:00", id="before the freeze"),
        pytest.param(a_calendar(not_before="2025-12-01"), "2025-12-01", "2025-12-01T18:00", id="notBefore"),
        pytest.param(a_calendar(not_before="2025-12-02"), "2025-12-01", None, id="nothing before it"),
        pytest.param(
            a_calendar(HOLIDAYS, not_before="2025-12-19"), "2025-12-26", None, id="nothing but the freeze"
        ),
    ],
)
def test_the_last_permitted_moment_until_a_day(calendar: Calendar, day: str, last: str | None) -> None:
    expected = datetime.fromisoformat(last) if last else None
    assert expected == calendar.last(date.fromisoformat(day))


def test_a_freeze_may_let_exploited_fixes_through() -> None:
    porous = a_freeze("2025-12-19", "2026-01-06", except_exploited=True)
    assert not a_calendar(porous).permits(date(2025, 12, 24))
    assert a_calendar(porous).for_exploited().permits(date(2025, 12, 24))
    assert not a_calendar(HOLIDAYS).for_exploited().permits(date(2025, 12, 24))


days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
freezes = st.tuples(days, days).map(lambda ends: Freeze(min(ends), max(ends)))
calendars = st.builds(
    Calendar,
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.none() | days,
    st.lists(freezes, max_size=3).map(lambda listed: tuple(sorted(listed))),
)


@given(calendars, days)
def test_what_is_found_is_permitted_and_nothing_lies_between(calendar: Calendar, day: date) -> None:
    midnight = datetime.combine(day, datetime.min.time())
    first, last = calendar.first(midnight), calendar.last(day)
    assert calendar.permits(first.date())
    assert not any(calendar.permits(date.fromordinal(n)) for n in range(day.toordinal(), first.toordinal()))
    if last:
        assert calendar.permits(last.date())
        assert not any(
            calendar.permits(date.fromordinal(n)) for n in range(last.toordinal() + 1, day.toordinal() + 1)
        )
