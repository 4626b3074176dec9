from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain import deadlines
from controller.domain.policies import Deadline
from tests.domain.builders import a_policy, a_release

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
DEADLINES = st.builds(
    Deadline,
    st.integers(0, 365),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.integers(0, 30),
)


def a_deadline(days: int = 14, at: str = "18:00", notice: int = 3) -> Deadline:
    return a_policy(days=days, at=at, notice=notice).deadline


def test_the_oldest_release_missed_sets_the_due_day() -> None:
    missed = [a_release("15.6.1", "2025-08-20"), a_release("15.6", "2025-07-29")]
    assert deadlines.due(missed, a_deadline(days=14)).day == date(2025, 8, 12)


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
    assert deadlines.soonest(at, a_deadline()) == datetime.fromisoformat(moment)


@given(MOMENTS, DEADLINES, st.integers(-12, 14))
def test_no_device_on_earth_gets_less_than_the_notice(now: datetime, deadline: Deadline, zone: int) -> None:
    clock = (now + timedelta(hours=zone)).replace(tzinfo=None)
    assert deadlines.soonest(now, deadline) - clock >= timedelta(days=deadline.notice_days)


@given(
    MOMENTS,
    DEADLINES,
    st.dates(date(2023, 1, 1), date(2030, 1, 1)),
    st.timedeltas(timedelta(), timedelta(400)),
)
def test_a_promise_never_slides(now: datetime, deadline: Deadline, due: date, later: timedelta) -> None:
    promised = deadlines.fresh(due, deadline, now)
    near = deadlines.near(promised, deadline, now + later)
    again = deadlines.kept(promised, due, deadline) if near else deadlines.fresh(due, deadline, now + later)
    assert again == promised


@pytest.mark.parametrize(
    ("deadline", "due", "moment"),
    [
        pytest.param(a_deadline(), "2025-08-01", "2025-08-20T18:00", id="nothing changed"),
        pytest.param(
            a_deadline(at="12:00"), "2025-08-01", "2025-08-21T12:00", id="an earlier hour: the next day"
        ),
        pytest.param(
            a_deadline(at="20:00"), "2025-08-01", "2025-08-20T20:00", id="a later hour: the same day"
        ),
        pytest.param(a_deadline(), "2025-08-30", "2025-08-30T18:00", id="more days: as late as they say"),
    ],
)
def test_a_near_promise_moves_only_as_its_author_asks(deadline: Deadline, due: str, moment: str) -> None:
    promised = datetime(2025, 8, 20, 18)
    assert deadlines.kept(promised, date.fromisoformat(due), deadline) == datetime.fromisoformat(moment)


def test_a_moment_has_passed_once_it_has_on_the_last_clock() -> None:
    moment = datetime(2025, 8, 20, 18)
    assert not deadlines.passed(moment, datetime(2025, 8, 21, 6, 0, tzinfo=UTC))
    assert deadlines.passed(moment, datetime(2025, 8, 21, 6, 1, tzinfo=UTC))


def test_a_day_is_over_once_it_is_everywhere() -> None:
    assert not deadlines.over(date(2025, 8, 20), datetime(2025, 8, 21, 11, 59, tzinfo=UTC))
    assert deadlines.over(date(2025, 8, 20), datetime(2025, 8, 21, 12, 0, tzinfo=UTC))
