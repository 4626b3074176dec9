"""Tell: who, of what, and how often."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from controller.domain.declarations import Promise
from controller.domain.enrollments import Enrollment
from controller.domain.facts import Facts, Held
from controller.ports import Failures, Unavailable, Unwoken
from controller.tell import Tellings, unheard
from tests.domain.builders import a_declaration, facts

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
PROMISE = Promise(a_declaration(), "e1", "t1")


class Phone:
    """The part of an MDM that tells devices; it fails those in *broken*, in this way."""

    def __init__(self, *broken: str, failure: Unavailable | None = None) -> None:
        self.broken = broken
        self.failure = failure or Unwoken("no push")
        self.told: list[str] = []

    async def tell(self, enrollments: Collection[str]) -> Failures:
        self.told += enrollments
        return {e: self.failure for e in enrollments if e in self.broken}


LONG_AGO = NOW - timedelta(hours=73)
HOLDS = facts(held=Held("e1", "t1", True, "valid"))


@pytest.mark.parametrize(
    ("promise", "says", "about"),
    [
        pytest.param(None, None, "subscription", id="never reported"),
        pytest.param(None, Facts(None), "subscription", id="only events were heard of it"),
        pytest.param(None, Facts(NOW), "subscription", id="reported a part, and not its version"),
        pytest.param(PROMISE, facts(), "t1", id="does not hold the promise"),
        pytest.param(PROMISE, facts(held=Held("e0", "t0", True, "valid")), "t1", id="holds an older one"),
        pytest.param(PROMISE, HOLDS, "", id="holds it"),
        pytest.param(None, HOLDS, "withdrawn t1", id="holds what was withdrawn"),
        pytest.param(None, facts(), "", id="holds nothing, and shall not"),
        pytest.param(PROMISE, replace(HOLDS, last_report=LONG_AGO), "silence", id="says nothing for days"),
        pytest.param(None, facts(subscription="u1"), "", id="is asked for what it shall be"),
        pytest.param(None, facts(subscription="u0"), "u1", id="is asked for something else"),
        pytest.param(None, facts(subscription=""), "u1", id="is asked for nothing"),
        pytest.param(PROMISE, facts(subscription="u0"), "t1", id="the promise counts more"),
        pytest.param(PROMISE, facts(subscription="", enrollment=Enrollment(ended=NOW)), "", id="has left"),
    ],
)
def test_what_a_device_has_yet_to_fetch(promise: Promise | None, says: Facts | None, about: str) -> None:
    assert about == unheard(promise, "u1", says, NOW)


async def test_a_device_is_told_once_and_again_later_each_time() -> None:
    tellings, phone, moments = Tellings(), Phone(), []
    for minutes in range(0, 24 * 60, 5):
        now = NOW + timedelta(minutes=minutes)
        due = tellings.due({"a": "t1"}, now)
        if due:
            moments.append(minutes)
            await tellings.tell(phone.tell, due, {"a": "t1"}, now)
    assert moments == [0, 10, 30, 70, 150, 310, 630, 1270]
    assert tellings.count("a") == len(moments)


async def test_something_new_is_told_at_once() -> None:
    tellings, phone = Tellings(), Phone()
    await tellings.tell(phone.tell, ["a"], {"a": "t1"}, NOW)
    assert tellings.due({"a": "t2"}, NOW) == ["a"]


async def test_who_has_answered_is_forgotten() -> None:
    tellings, phone = Tellings(), Phone()
    await tellings.tell(phone.tell, ["a"], {"a": "t1"}, NOW)
    assert tellings.due({"a": ""}, NOW) == []
    assert tellings.count("a") == 0


async def test_who_could_not_be_told_was_not_told_and_is_not_hammered() -> None:
    tellings, phone = Tellings(), Phone("a")
    await tellings.tell(phone.tell, ["a"], {"a": "t1"}, NOW)
    assert tellings.count("a") == 0
    assert tellings.due({"a": "t1"}, NOW + timedelta(minutes=1)) == []


@pytest.mark.parametrize(
    ("failure", "seconds"),
    [
        pytest.param(Unavailable("503"), [0, 5, 15, 35, 75, 155, 315, 635, 1235], id="an error"),
        pytest.param(Unavailable("429", 60.0), [0, 60, 120, 180, 240, 320, 480, 800], id="it says when"),
    ],
)
async def test_a_server_that_fails_is_asked_again_sooner_than_a_device(
    failure: Unavailable, seconds: list[int]
) -> None:
    tellings, phone, moments = Tellings(), Phone("a", failure=failure), []
    for second in range(0, 1300, 5):
        now = NOW + timedelta(seconds=second)
        due = tellings.due({"a": "t1"}, now)
        if due:
            moments.append(second)
            await tellings.tell(phone.tell, due, {"a": "t1"}, now)
    assert seconds == moments


@pytest.mark.parametrize(
    ("phone", "trouble"),
    [
        pytest.param(Phone(), "", id="all are told"),
        pytest.param(Phone("a", failure=Unavailable("503")), "", id="one is told"),
        pytest.param(Phone("a", "b"), "", id="nobody is woken"),
        pytest.param(
            Phone("a", "b", failure=Unavailable("503")), "2 of 2 devices could not be told: 503", id="nobody"
        ),
    ],
)
async def test_the_server_is_in_trouble_when_it_tells_nobody(phone: Phone, trouble: str) -> None:
    tellings = Tellings()
    await tellings.tell(phone.tell, ["a", "b"], {"a": "t1", "b": "t1"}, NOW)
    assert trouble == str(tellings.trouble or "")


@pytest.mark.parametrize("throttled", [False, True])
async def test_the_trouble_says_whether_the_server_asks_us_to_stay_away(throttled: bool) -> None:
    phone, tellings = Phone("a", failure=Unavailable("left alone", 7.0, throttled=throttled)), Tellings()

    await tellings.tell(phone.tell, ["a"], {"a": "t1"}, NOW)

    assert tellings.trouble
    assert (tellings.trouble.wait, tellings.trouble.throttled) == (7.0, throttled)


async def test_trouble_is_over_once_somebody_is_told_or_all_have_heard_by_themselves() -> None:
    waiting, broken = {"a": "t1", "b": "t1"}, Phone("a", "b", failure=Unavailable("503"))
    tellings = Tellings()
    await tellings.tell(broken.tell, ["a", "b"], waiting, NOW)
    assert tellings.due({"a": "", "b": ""}, NOW) == []
    assert tellings.trouble is None

    await tellings.tell(broken.tell, ["a", "b"], waiting, NOW)
    await tellings.tell(Phone().tell, ["a"], waiting, NOW)
    assert tellings.trouble is None
