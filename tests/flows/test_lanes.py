"""A receiver's lane: never too fast, never the same twice, nothing lost but what is given up."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.news import Item
from controller.domain.news_reasons import Severity
from controller.domain.receivers import Receiver
from controller.lanes import BURST, GIVEN_UP, MOST, PACE, REPEAT, Lane
from controller.objects import Notification
from controller.ports import Rejected, Unavailable

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)


def a_notification(message: str = "held", reason: str = "Brake", severity: str = "warning") -> Notification:
    return Notification("acme", "acme", Item(reason, Severity(severity), "Fleet", "acme", message), "", NOW)


def a_lane(severity: str = "info", *reasons: str) -> Lane:
    return Lane(Receiver("slack", "slack", Severity(severity), reasons))


def told(lane: Lane, now: float) -> list[str]:
    """Everything that is due at this moment, delivered."""
    found = []
    while (due := lane.due(now)) is not None:
        found.append(due.message)
        lane.delivered()
    return found


@pytest.mark.parametrize(
    ("lane", "reason", "severity", "wanted"),
    [
        pytest.param(a_lane(), "GateOpened", "info", True, id="everything"),
        pytest.param(a_lane("warning"), "GateOpened", "info", False, id="warnings only"),
        pytest.param(a_lane("warning"), "GateStuck", "warning", True, id="a warning"),
        pytest.param(a_lane("info", "Brake", "Gate*"), "GateStuck", "warning", True, id="a pattern"),
        pytest.param(a_lane("info", "Brake", "Gate*"), "Brake", "warning", True, id="a reason"),
        pytest.param(
            a_lane("info", "Brake", "Gate*"), "BrakeRecovered", "info", False, id="not just like it"
        ),
        pytest.param(a_lane("info", "brake"), "Brake", "warning", False, id="letters count"),
        pytest.param(a_lane("warning", "Gate*"), "GateOpened", "info", False, id="both have to hold"),
    ],
)
def test_a_receiver_gets_what_it_asked_for(lane: Lane, reason: str, severity: str, wanted: bool) -> None:
    lane.put(a_notification(reason=reason, severity=severity), 0)
    assert bool(told(lane, 0)) is wanted


def test_the_same_is_not_said_again_within_five_minutes() -> None:
    lane = a_lane()
    for at in (0.0, 1.0, REPEAT - 1, REPEAT):
        lane.put(a_notification(), at)
    assert told(lane, REPEAT) == ["held", "held"]


def test_after_a_burst_all_that_waits_becomes_one() -> None:
    lane = a_lane()
    for n in range(BURST + 5):
        lane.put(a_notification(f"m{n}", "GateOpened", "info"), 0)
    lane.put(a_notification("held"), 0)

    assert told(lane, 0) == [*(f"m{n}" for n in range(BURST - 1)), "held; and 6 more: GateOpened 6"]
    lane.put(a_notification("late"), 0)
    assert (told(lane, PACE / 2), lane.wait(PACE / 2)) == ([], PACE / 2)
    assert told(lane, PACE) == ["late"]


def test_what_is_tried_again_is_not_overtaken_and_waits_as_long_as_it_was_asked_to() -> None:
    lane = a_lane()
    for message in ("first", "second"):
        lane.put(a_notification(message), 0)
    assert lane.due(0) is not None
    assert lane.failed(Unavailable("429", 7.0), 0) == ([], False)
    assert (lane.due(6.9), lane.wait(0)) == (None, 7.0)
    assert told(lane, 7) == ["first", "second"]


def test_the_back_off_doubles_up_to_five_minutes() -> None:
    lane, now, waits = a_lane(), 0.0, []
    lane.put(a_notification(), 0)
    for _ in range(11):
        assert lane.due(now) is not None
        lane.failed(Unavailable("500"), now)
        waits.append(lane.wait(now))
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_after_an_hour_it_is_given_up() -> None:
    lane = a_lane()
    lane.put(a_notification("old"), 0)
    lane.put(a_notification("young"), 1000)
    assert lane.due(GIVEN_UP) is not None
    [gone], _ = lane.failed(Unavailable("500"), GIVEN_UP)
    assert gone.message == "old"
    assert told(lane, GIVEN_UP + 1) == ["young"]


def test_what_is_refused_is_dropped_and_the_rest_goes_on() -> None:
    lane = a_lane()
    for message in ("bad", "good"):
        lane.put(a_notification(message), 0)
    assert lane.due(0) is not None
    gone, troubled = lane.failed(Rejected("404"), 0)
    assert ([n.message for n in gone], troubled) == (["bad"], True)
    assert told(lane, 0) == ["good"]


@pytest.mark.parametrize(
    ("errors", "troubled"),
    [
        pytest.param([Unavailable("1")] * 2, [False, False], id="comes and goes"),
        pytest.param([Unavailable("1")] * 4, [False, False, True, False], id="lasts"),
        pytest.param([Rejected("1")] * 2, [True, False], id="refuses"),
    ],
)
def test_trouble_is_told_once_and_its_end_too(
    errors: Sequence[Unavailable | Rejected], troubled: list[bool]
) -> None:
    lane, now, found = a_lane(), 0.0, []
    for n, error in enumerate(errors):
        lane.put(a_notification(str(n)), now)
        assert lane.due(now) is not None
        found.append(lane.failed(error, now)[1])
        now += 300
    assert found == troubled
    lane.put(a_notification("last"), now)
    recovered = [lane.delivered() for _ in range(2) if lane.due(now) is not None]
    assert recovered.count(True) == troubled.count(True)


def test_what_comes_while_one_is_under_way_is_not_lost() -> None:
    lane = a_lane()
    for n in range(MOST):
        lane.put(a_notification(f"m{n}"), 0)
    assert lane.due(0) is not None
    for n in range(MOST, MOST + 3):
        lane.put(a_notification(f"m{n}"), 0)
    lane.delivered()
    assert count(told(lane, 1000)) == MOST + 2


def count(messages: Sequence[str]) -> int:
    """How many there were, those that were summed up among them."""
    return sum(1 + int(m.partition("; and ")[2].partition(" ")[0] or 0) for m in messages)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=12))
def test_whatever_comes_is_told_and_never_faster_than_the_pace(many: list[tuple[int, int]]) -> None:
    lane, now, put, found = a_lane(), 0.0, 0, list[tuple[float, str]]()
    for news, seconds in many:
        for _ in range(news):
            lane.put(a_notification(f"m{put}"), now)
            put += 1
        found += [(now, message) for message in told(lane, now)]
        now += seconds
    while (wait := lane.wait(now)) != float("inf"):
        now += wait
        found += [(now, message) for message in told(lane, now)]
    assert count([message for _, message in found]) == put
    for first, last in zip(found, found[BURST:], strict=False):
        assert last[0] > first[0]
