"""What events say of an enrollment, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from controller.domain.enrollments import BootstrapToken, Enrollment, Event, Topic

NINE = datetime(2026, 11, 25, 9, tzinfo=UTC)


def event(topic: Topic, minutes: int, *, escrowed: bool = False, product: str = "Mac14,2") -> Event:
    return Event(topic, "E1", NINE + timedelta(minutes=minutes), escrowed=escrowed, product=product)


ENROLLS = event(Topic.AUTHENTICATE, 0)
ESCROWS = event(Topic.SET_BOOTSTRAP_TOKEN, 1, escrowed=True)
REMOVES = event(Topic.SET_BOOTSTRAP_TOKEN, 2)
LEAVES = event(Topic.CHECK_OUT, 3)
RETURNS = event(Topic.AUTHENTICATE, 4)


def after(*events: Event) -> Enrollment:
    known = Enrollment()
    for one in events:
        known = known.after(one)
    return known


@pytest.mark.parametrize(
    ("events", "token", "ended"),
    [
        pytest.param([], BootstrapToken.UNKNOWN, False, id="nothing was heard"),
        pytest.param([ENROLLS], BootstrapToken.MISSING, False, id="a Mac enrolls"),
        pytest.param([ENROLLS, ESCROWS], BootstrapToken.ESCROWED, False, id="and escrows"),
        pytest.param([ESCROWS], BootstrapToken.ESCROWED, False, id="only the escrow was heard"),
        pytest.param([ENROLLS, ESCROWS, REMOVES], BootstrapToken.MISSING, False, id="and removes it"),
        pytest.param([ENROLLS, ESCROWS, LEAVES], BootstrapToken.ESCROWED, True, id="leaves"),
        pytest.param([ENROLLS, ESCROWS, LEAVES, RETURNS], BootstrapToken.MISSING, False, id="and returns"),
    ],
)
def test_only_the_moments_count(events: list[Event], token: BootstrapToken, ended: bool) -> None:
    for order in permutations(events):
        known = after(*order)

        assert (known.bootstrap_token, known.ended is not None) == (token, ended), order


def test_an_iphone_escrows_nothing() -> None:
    assert after(event(Topic.AUTHENTICATE, 0, product="iPhone15,2")).bootstrap_token is BootstrapToken.UNKNOWN


def test_when_it_began_is_when_it_last_enrolled() -> None:
    assert after(RETURNS, ENROLLS).began == RETURNS.at


@pytest.mark.parametrize("topic", [Topic.STATUS, Topic.TOKEN_UPDATE, Topic.OTHER])
def test_other_events_change_nothing(topic: Topic) -> None:
    known = after(ENROLLS, ESCROWS)

    assert known.after(event(topic, 9)) == known
