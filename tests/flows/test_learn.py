"""Learn: when to ask, what to believe, what to keep."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from controller.cadence import Cadence
from controller.domain.catalog import Catalog
from controller.domain.readings import Entry, Reading
from controller.learn import Learner
from controller.ports import Unavailable
from controller.subjects import CATALOG, bundled
from tests.domain.builders import v
from tests.flows.learning import Answers
from tests.lab.paper import Paper

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
MIRROR = Cadence(("https://mirror.acme.example/v2/pmv",), timedelta(seconds=1))
APPLE = Cadence(("https://gdmf.apple.com/v2/pmv",), timedelta(seconds=1))


def a_reading(*versions: str) -> Reading:
    entries = tuple(
        Entry(v(version), "B1", date(2025, 8, 20), None, frozenset({model}))
        for version in versions
        for model in ("J314sAP", "iPhone15,2")
    )
    return Reading(frozenset({"iOS", "macOS"}), entries, entries)


WHOLE, SHRUNKEN, EMPTY = a_reading("15.5", "15.6", "15.6.1"), a_reading("15.6.1"), a_reading()


def a_learner(
    answers: Answers[Reading], notes: Paper | None = None, cadence: Cadence = MIRROR
) -> Learner[Reading, Catalog]:
    return Learner(CATALOG, answers, notes or Paper(), cadence, random.Random(1))


async def test_the_first_believed_reading_is_the_catalog() -> None:
    learner = a_learner(Answers(WHOLE))
    await learner.turn(NOW)
    assert learner.knowledge.believed == NOW
    assert learner.knowledge.fresh.status
    assert learner.knowledge.known.public_pairs() == 6


async def test_before_it_nothing_is_believed_but_the_dates_are_known() -> None:
    learner = a_learner(Answers(Unavailable("down")))
    await learner.turn(NOW)
    assert (learner.knowledge.believed, learner.knowledge.known.public_pairs()) == (None, 0)
    shelf = learner.knowledge.known.shelf("J314sAP")
    assert shelf is not None
    release = shelf.find(v("15.6.1"))
    assert release is not None
    assert date(2025, 8, 20) == release.posted


@pytest.mark.parametrize(
    ("answer", "reason", "message"),
    [
        pytest.param(Unavailable("no route"), "Unreachable", "no route", id="down"),
        pytest.param(EMPTY, "Unbelievable", "the answer is empty", id="empty"),
        pytest.param(SHRUNKEN, "Unbelievable", "less than half of the 6 before", id="shrunken"),
    ],
)
async def test_what_cannot_be_believed_leaves_the_catalog_as_it_is(
    answer: Reading | Unavailable, reason: str, message: str
) -> None:
    learner = a_learner(Answers(WHOLE, answer))
    await learner.turn(NOW)
    before = learner.knowledge.known
    await learner.turn(NOW + DAY)
    fresh = learner.knowledge.fresh
    assert (False, reason) == (fresh.status, fresh.reason)
    assert message in fresh.message
    assert "the catalog of 2025-08-25T12:00:00Z stands" in fresh.message
    assert before is learner.knowledge.known


async def test_three_daily_readings_that_agree_are_believed_after_all() -> None:
    learner = a_learner(Answers(WHOLE, SHRUNKEN))
    fresh = []
    for days in range(4):
        await learner.turn(NOW + days * DAY)
        fresh.append(learner.knowledge.fresh.status)
    assert fresh == [True, False, False, True]
    assert learner.knowledge.known.public_pairs() == 2


async def test_many_on_one_day_are_one() -> None:
    learner = a_learner(Answers(WHOLE, SHRUNKEN))
    for minutes in range(0, 600, 5):
        await learner.turn(NOW + timedelta(minutes=minutes))
    assert not learner.knowledge.fresh.status


async def test_an_empty_one_is_never_believed() -> None:
    learner = a_learner(Answers(WHOLE, EMPTY))
    for days in range(10):
        await learner.turn(NOW + days * DAY)
    assert learner.knowledge.known.public_pairs() == 6


async def test_doubt_survives_a_restart() -> None:
    notes = Paper()
    for days, answer in enumerate((WHOLE, SHRUNKEN, SHRUNKEN, SHRUNKEN)):
        learner = a_learner(Answers(answer), notes)
        await learner.turn(NOW + days * DAY)
    assert learner.knowledge.known.public_pairs() == 2


async def test_the_catalog_survives_a_restart() -> None:
    notes = Paper()
    await a_learner(Answers(WHOLE), notes).turn(NOW)
    learner = a_learner(Answers(Unavailable("down")), notes)
    await learner.turn(NOW + DAY)
    assert learner.knowledge.believed == NOW
    assert learner.knowledge.known.public_pairs() == 6


async def test_the_same_answer_again_is_not_written_and_not_another_catalog() -> None:
    notes = Paper()
    learner = a_learner(Answers(WHOLE), notes)
    await learner.turn(NOW)
    before = learner.knowledge.known
    await learner.turn(NOW + timedelta(minutes=1))
    assert notes.writes == 1
    assert before is learner.knowledge.known


async def test_apples_own_host_is_asked_once_a_day_over_restarts_too() -> None:
    answers, notes = Answers(WHOLE), Paper()
    for minutes in range(0, 24 * 60, 30):
        await a_learner(answers, notes, APPLE).turn(NOW + timedelta(minutes=minutes))
    assert answers.asked == 1


@pytest.mark.parametrize("hour", [0, 6, 12, 19, 20, 21, 23])
def test_apple_is_asked_in_the_evening_and_never_sooner_than_after_a_day(hour: int) -> None:
    believed, chance, hours = NOW.replace(hour=hour), random.Random(2), []
    for _ in range(6):
        due = APPLE.after_success(believed, chance)
        assert DAY <= due - believed <= timedelta(hours=31)
        believed = due
        hours.append(due.hour)
    assert hours[-1] == 20


@pytest.mark.parametrize("failures", [1, 2, 5, 30])
def test_back_off_has_an_end(failures: int) -> None:
    chance = random.Random(3)
    assert MIRROR.after_failure(failures, 0, chance) <= timedelta(minutes=1)
    assert APPLE.after_failure(failures, 0, chance) <= timedelta(hours=6)


def test_the_bundled_dates_offer_nothing() -> None:
    assert bundled().public_pairs() == 0
    assert a_learner(Answers(WHOLE)).knowledge.fresh.status is False


async def test_notes_that_cannot_be_kept_are_kept_later_and_nobody_is_asked_again_for_it() -> None:
    answers, notes = Answers(WHOLE), Paper()
    learner = a_learner(answers, notes, APPLE)
    notes.down = True
    for minutes in range(3):
        with pytest.raises(Unavailable):
            await learner.turn(NOW + timedelta(minutes=minutes))
    notes.down = False
    await learner.turn(NOW + timedelta(minutes=3))
    assert learner.knowledge.fresh.status
    assert (answers.asked, notes.writes) == (1, 1)
