"""When: due, permitted, kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain import deadlines
from controller.domain.calendars import Calendar
from controller.domain.deadlines import Missed
from tests.domain.builders import a_freeze
from tests.domain.test_calendars import a_calendar, calendars

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
NOTICE = st.integers(0, 30)
DUE = st.dates(date(2024, 6, 1), date(2027, 1, 1))


def missed(name: str, since: str, days: int = 14) -> Missed:
    return Missed(name, date.fromisoformat(since), days, f"{name} was posted")


@pytest.mark.parametrize(
    ("found", "due"),
    [
        pytest.param(
            [missed("15.6.1", "2025-08-20"), missed("15.6", "2025-07-29")], "2025-08-12", id="the oldest"
        ),
        pytest.param(
            [missed("15.6.1", "2025-08-20", 5), missed("15.6", "2025-08-18", 14)],
            "2025-08-25",
            id="not the oldest, but the one that is due first",
        ),
    ],
)
def test_the_release_that_is_due_first_sets_the_day(found: list[Missed], due: str) -> None:
    assert date.fromisoformat(due) == deadlines.oldest(found).due


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        pytest.param("2025-08-25T03:59", "2025-08-28T18:00", id="Kiritimati has 17:59 on the same day"),
        pytest.param("2025-08-25T04:00", "2025-08-28T18:00", id="at the minute itself"),
        pytest.param("2025-08-25T04:01", "2025-08-29T18:00", id="a minute later, the next day"),
        pytest.param("2025-08-25T12:00", "2025-08-29T18:00", id="Kiritimati is a day ahead"),
    ],
)
def test_the_soonest_moment_leaves_the_notice_on_the_clock_that_is_furthest_ahead(
    now: str, moment: str
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert deadlines.soonest(at, 3, Calendar()) == datetime.fromisoformat(moment)


@given(MOMENTS, NOTICE, calendars, st.integers(-12, 14))
def test_no_device_on_earth_gets_less_than_the_notice(
    now: datetime, notice: int, calendar: Calendar, zone: int
) -> None:
    clock = (now + timedelta(hours=zone)).replace(tzinfo=None)
    assert deadlines.soonest(now, notice, calendar) - clock >= timedelta(days=notice)


NOW = datetime(2025, 12, 10, 12, tzinfo=UTC)
HOLIDAYS = a_freeze("2025-12-19", "2026-01-06")


@pytest.mark.parametrize(
    ("due", "calendar", "moment"),
    [
        pytest.param("2025-12-26", a_calendar(), "2025-12-26T18:00", id="on the due day"),
        pytest.param("2025-12-01", a_calendar(), "2025-12-14T18:00", id="due already: the notice"),
        pytest.param(
            "2025-12-26", a_calendar(weekdays="Mon Tue Wed Thu"), "2025-12-25T18:00", id="the last weekday"
        ),
        pytest.param(
            "2025-12-14", a_calendar(weekdays="Mon"), "2025-12-15T18:00", id="the weekday before is too soon"
        ),
        pytest.param("2025-12-26", a_calendar(HOLIDAYS), "2025-12-18T18:00", id="before the freeze"),
        pytest.param("2026-01-07", a_calendar(HOLIDAYS), "2026-01-07T18:00", id="after the freeze"),
        pytest.param(
            "2025-12-13",
            a_calendar(a_freeze("2025-12-12", "2025-12-20")),
            "2025-12-21T18:00",
            id="no day before the freeze leaves the notice",
        ),
        pytest.param(
            "2025-12-20", a_calendar(not_before="2025-12-24"), "2025-12-24T18:00", id="not before a day"
        ),
    ],
)
def test_a_fresh_promise_is_on_the_last_permitted_day_that_leaves_the_notice(
    due: str, calendar: Calendar, moment: str
) -> None:
    made = deadlines.fresh(date.fromisoformat(due), 3, calendar, NOW)
    assert datetime.fromisoformat(moment) == made


@given(MOMENTS, NOTICE, calendars, DUE, st.timedeltas(timedelta(), timedelta(400)))
def test_a_promise_moves_by_itself_only_when_a_freeze_comes_upon_it(
    now: datetime, notice: int, calendar: Calendar, due: date, later: timedelta
) -> None:
    due = max(due, calendar.not_before or due)
    promised = deadlines.fresh(due, notice, calendar, now)
    if deadlines.near(promised, notice, calendar, now + later):
        again = deadlines.kept(promised, due, calendar, now + later)
    else:
        again = deadlines.fresh(due, notice, calendar, now + later)
    kiritimati = (now + later + timedelta(hours=14)).date()
    upon = [f for f in calendar.freezes if f.eve <= kiritimati]
    assert again == promised or (again > promised and any(promised.date() <= f.last for f in upon))


@pytest.mark.parametrize(
    ("calendar", "due", "moment"),
    [
        pytest.param(a_calendar(), "2025-08-01", "2025-08-20T18:00", id="nothing changed"),
        pytest.param(
            a_calendar(at="12:00"), "2025-08-01", "2025-08-21T12:00", id="an earlier hour: the next day"
        ),
        pytest.param(
            a_calendar(at="20:00"), "2025-08-01", "2025-08-20T20:00", id="a later hour: the same day"
        ),
        pytest.param(a_calendar(), "2025-08-30", "2025-08-30T18:00", id="more days: as late as they say"),
        pytest.param(
            a_calendar(weekdays="Fri"), "2025-08-01", "2025-08-22T18:00", id="other weekdays: the next one"
        ),
        pytest.param(
            a_calendar(a_freeze("2025-08-18", "2025-08-24")),
            "2025-08-01",
            "2025-08-25T18:00",
            id="a freeze upon it: after it",
        ),
        pytest.param(
            a_calendar(not_before="2025-09-01"), "2025-09-01", "2025-09-01T18:00", id="notBefore: not before"
        ),
    ],
)
def test_a_near_promise_moves_only_as_its_author_asks(calendar: Calendar, due: str, moment: str) -> None:
    promised, now = datetime(2025, 8, 20, 18), datetime(2025, 8, 19, tzinfo=UTC)
    assert deadlines.kept(promised, date.fromisoformat(due), calendar, now) == datetime.fromisoformat(moment)


class TestFreeze:
    """A freeze from the 19th of December to the 6th of January; its eve is the 18th."""

    CALENDAR = a_calendar(HOLIDAYS)

    @pytest.mark.parametrize(
        ("promised", "now", "moment"),
        [
            pytest.param("2025-12-10T18:00", "2025-12-17T09:59", None, id="overdue, two days before: stays"),
            pytest.param(
                "2025-12-10T18:00", "2025-12-17T10:00", "2026-01-07T18:00", id="overdue, on the eve somewhere"
            ),
            pytest.param(
                "2025-12-17T18:00", "2025-12-17T10:00", "2026-01-07T18:00", id="due the day before the eve"
            ),
            pytest.param("2025-12-18T18:00", "2025-12-18T12:00", None, id="due on the eve: may still happen"),
            pytest.param(
                "2025-12-18T18:00", "2025-12-19T06:01", "2026-01-07T18:00", id="the eve has passed everywhere"
            ),
            pytest.param("2025-12-24T18:00", "2025-12-17T09:00", "2026-01-07T18:00", id="inside: at once"),
            pytest.param("2026-01-07T18:00", "2026-01-05T12:00", None, id="after it: stays"),
            pytest.param("2025-12-10T18:00", "2026-01-07T12:01", None, id="overdue, and it is over"),
        ],
    )
    def test_what_is_due_before_its_end_steps_out(self, promised: str, now: str, moment: str | None) -> None:
        kept = deadlines.kept(
            datetime.fromisoformat(promised),
            date(2025, 12, 1),
            self.CALENDAR,
            datetime.fromisoformat(now).replace(tzinfo=UTC),
        )
        assert datetime.fromisoformat(moment or promised) == kept

    def test_from_its_eve_on_nothing_is_promised_before_its_end(self) -> None:
        now = datetime(2025, 12, 17, 12, tzinfo=UTC)
        made = deadlines.fresh(date(2025, 12, 1), 0, self.CALENDAR, now)
        assert datetime(2026, 1, 7, 18) == made


def test_a_moment_has_passed_once_it_has_on_the_last_clock() -> None:
    moment = datetime(2025, 8, 20, 18)
    assert not deadlines.passed(moment, datetime(2025, 8, 21, 6, 0, tzinfo=UTC))
    assert deadlines.passed(moment, datetime(2025, 8, 21, 6, 1, tzinfo=UTC))


def test_a_day_is_over_once_it_is_everywhere() -> None:
    assert not deadlines.over(date(2025, 8, 20), datetime(2025, 8, 21, 11, 59, tzinfo=UTC))
    assert deadlines.over(date(2025, 8, 20), datetime(2025, 8, 21, 12, 0, tzinfo=UTC))
