"""Events wait for a fleet's flow: the newest of each kind, and not without a bound."""

import logging
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from controller.domain.enrollments import Event, Topic
from controller.inbox import LIMIT, Inbox

NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)


def an_event(
    topic: Topic = Topic.STATUS, enrollment: str = "E1", minutes: int = 0, *, pushable: bool = False
) -> Event:
    return Event(topic, enrollment, NINE + timedelta(minutes=minutes), pushable=pushable)


class Rung:
    """Counts how often it rang."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def rung() -> Rung:
    return Rung()


@pytest.fixture
def inbox(rung: Rung) -> Inbox:
    return Inbox("acme/acme", lambda: NINE, rung)


def test_what_was_put_is_taken_once(inbox: Inbox) -> None:
    inbox.put(an_event())

    assert (inbox.take(), inbox.take()) == ([an_event()], [])


def test_oldest_first_whatever_came_first(inbox: Inbox) -> None:
    inbox.put(an_event(Topic.STATUS, minutes=2))
    inbox.put(an_event(Topic.AUTHENTICATE, minutes=1))

    assert [event.topic for event in inbox.take()] == [Topic.AUTHENTICATE, Topic.STATUS]


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        pytest.param([an_event(), an_event(minutes=1)], [an_event(minutes=1)], id="the newest"),
        pytest.param(
            [an_event(), an_event(Topic.CHECK_OUT)],
            [an_event(), an_event(Topic.CHECK_OUT)],
            id="of each topic",
        ),
        pytest.param(
            [an_event(), an_event(enrollment="E2")],
            [an_event(), an_event(enrollment="E2")],
            id="of each enrollment",
        ),
        pytest.param(
            [an_event(Topic.TOKEN_UPDATE, pushable=True), an_event(Topic.TOKEN_UPDATE, minutes=1)],
            [an_event(Topic.TOKEN_UPDATE, minutes=1, pushable=True)],
            id="the first token is not lost by the second",
        ),
    ],
)
def test_of_what_comes_again_the_newest_is_kept(inbox: Inbox, events: list[Event], kept: list[Event]) -> None:
    for order in permutations(events):
        for event in order:
            inbox.put(event)

        assert sorted(inbox.take(), key=repr) == sorted(kept, key=repr)


def test_it_rings_for_what_can_be_acted_on(inbox: Inbox, rung: Rung) -> None:
    for topic in Topic:
        inbox.put(an_event(topic))

    assert rung.times == len(Topic) - 1


def test_it_knows_when_it_last_heard_of_anything(inbox: Inbox) -> None:
    before = inbox.heard
    inbox.put(an_event(Topic.OTHER))

    assert (before, inbox.heard) == (None, NINE)


def test_beyond_the_bound_what_is_new_is_dropped_and_said_once(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(LIMIT):
        assert inbox.put(an_event(enrollment=f"E{number}"))
    with caplog.at_level(logging.DEBUG):
        dropped = [not inbox.put(an_event(enrollment=name)) for name in ("new", "newer")]

    assert (dropped, inbox.put(an_event(enrollment="E1", minutes=1))) == ([True, True], True)
    assert [record.getMessage() for record in caplog.records] == [
        "acme/acme: 100000 events wait already; more are left to the poll"
    ]
    assert len(inbox.take()) == LIMIT
    assert inbox.put(an_event(enrollment="new"))
