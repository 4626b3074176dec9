"""Listen: reports and events become facts; who is asked when, and what is known only then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.domain.enrollments import BootstrapToken, Enrollment, Event, Topic
from controller.domain.facts import Facts
from controller.domain.reports import Report
from controller.listen import SLICE, Hearing
from controller.ports import Rejected, Unavailable
from tests.domain.builders import facts
from tests.lab.fake_mdm import FakeMdm

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
INTERVAL = timedelta(minutes=10)


@dataclass
class Ears:
    """A hearing on one MDM; *asked* are those whose reports were asked for, in turn."""

    mdm: FakeMdm = field(default_factory=FakeMdm)
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.hearing = Hearing(self.mdm.ours)

    def reports(self, enrollment: str, version: str, *, held: Sequence[str] = ()) -> None:
        """The device reports, in full."""
        items: dict[str, Any] = {
            "device": {"operating-system": {"version": version}},
            "management": {"declarations": {"configurations": [{"identifier": one} for one in held]}},
        }
        stored = self.mdm.stored.setdefault(enrollment, [])
        stored.append(Report(f"{enrollment}-{len(stored)}", self.now, True, items))

    async def listen(self, *enrollments: str) -> tuple[list[str], set[str]]:
        """Who was asked, and of whom something else is known now."""
        due = self.hearing.due(enrollments, self.now, INTERVAL)
        return sorted(due), await self.hearing.ask(self.mdm, due, self.now, INTERVAL)

    def hear(self, topic: Topic, enrollment: str = "a", **fields: Any) -> set[str]:
        return self.hearing.note([Event(topic, enrollment, self.now, **fields)])


async def test_who_is_new_is_asked_and_then_not_within_the_interval() -> None:
    ears = Ears()
    ears.reports("a", "26.1")

    first = await ears.listen("a", "b")
    ears.now += INTERVAL - timedelta(seconds=1)
    within = await ears.listen("a", "b")
    ears.now += timedelta(seconds=1)

    assert (first, within) == ((["a", "b"], {"a"}), ([], set()))
    assert await ears.listen("a", "b") == (["a", "b"], set())


async def test_whose_report_was_announced_is_asked_at_once_and_once() -> None:
    ears = Ears()
    await ears.listen("a", "b")
    ears.reports("a", "26.1")

    assert ears.hear(Topic.STATUS) == set()

    assert await ears.listen("a", "b") == (["a"], {"a"})
    assert await ears.listen("a", "b") == ([], set())


async def test_a_report_that_says_nothing_new_changes_only_when_it_was_heard() -> None:
    ears = Ears()
    ears.reports("a", "26.1")
    await ears.listen("a")
    ears.now += timedelta(hours=3)
    ears.reports("a", "26.1")
    ears.hear(Topic.STATUS)

    assert await ears.listen("a") == (["a"], set())
    assert ears.hearing.facts["a"].last_report == ears.now.replace(minute=0)


async def test_many_at_once_are_asked_in_slices_spread_over_the_interval() -> None:
    ears = Ears()
    many = [f"e{number:04}" for number in range(3 * SLICE)]
    await ears.listen(*many)
    asked: dict[str, int] = {}
    for minute in range(1, 11):
        ears.now = NOW + timedelta(minutes=minute)
        found, _ = await ears.listen(*many)
        for enrollment in found:
            asked.setdefault(enrollment, minute)
        assert len(found) < SLICE / 2

    assert sorted(asked) == many


async def test_an_announced_one_does_not_wait_for_a_slice() -> None:
    ears = Ears()
    many = [f"e{number:04}" for number in range(3 * SLICE)]
    await ears.listen(*many)
    ears.now += 2 * INTERVAL
    ears.hear(Topic.STATUS, many[-1])

    due = ears.hearing.due(many, ears.now, INTERVAL)

    assert (len(due), due[0]) == (SLICE + 1, many[-1])


class Deaf(FakeMdm):
    """The reports of some cannot be read."""

    unreadable: Collection[str] = ()
    error: Exception = Unavailable("no answer")

    async def reports(self, enrollment: str, after: str) -> Sequence[Report]:
        if enrollment in self.unreadable:
            raise self.error
        return await super().reports(enrollment, after)


@pytest.mark.parametrize("error", [Unavailable("no answer"), Rejected("what?")])
async def test_one_that_cannot_be_read_is_asked_again_the_next_time(error: Exception) -> None:
    mdm = Deaf()
    mdm.unreadable, mdm.error = {"a"}, error
    ears = Ears(mdm)
    ears.reports("b", "26.1")

    assert await ears.listen("a", "b") == (["a", "b"], {"b"})

    assert await ears.listen("a", "b") == (["a"], set())


async def test_what_was_announced_and_could_not_be_read_stays_announced() -> None:
    mdm = Deaf()
    ears = Ears(mdm)
    await ears.listen("a", "b")
    mdm.unreadable = {"a"}
    ears.hear(Topic.STATUS)
    await ears.listen("a", "b")
    mdm.unreadable = ()

    assert (await ears.listen("a", "b"))[0] == ["a"]


async def test_where_nobody_can_be_read_it_is_the_servers_failure() -> None:
    mdm = Deaf()
    mdm.unreadable = {"a", "b"}
    with pytest.raises(Unavailable, match="no answer"):
        await Ears(mdm).listen("a", "b")


async def test_others_enforcements_are_known_by_asking_for_each_once() -> None:
    ears = Ears(FakeMdm(enforcing={"theirs"}))
    ears.reports("a", "26.1", held=["theirs", "passcode", "pomona-e1", "pomona-u7"])

    await ears.listen("a")

    assert ears.hearing.facts["a"].foreign == ("theirs",)
    assert ears.mdm.asked == ["theirs", "passcode"]


class TestEvents:
    async def test_who_enrolls_anew_has_said_nothing_yet(self) -> None:
        ears = Ears()
        ears.reports("a", "26.1")
        await ears.listen("a")
        ears.now += timedelta(minutes=1)

        assert ears.hear(Topic.AUTHENTICATE, product="Mac14,2") == {"a"}

        known = Enrollment(ears.now, bootstrap_token=BootstrapToken.MISSING)
        assert ears.hearing.facts["a"] == Facts(None, enrollment=known)
        assert ears.hearing.renewed == {"a"}

    async def test_what_it_reported_before_is_not_read_again(self) -> None:
        before = Ears()
        before.reports("a", "26.1")
        before.now += timedelta(minutes=1)
        after = Ears(before.mdm, before.now)
        after.hear(Topic.AUTHENTICATE)

        assert await after.listen("a") == (["a"], set())

        assert after.hearing.facts["a"].version is None

    @pytest.mark.parametrize("topic", [Topic.SET_BOOTSTRAP_TOKEN, Topic.CHECK_OUT])
    def test_what_else_is_known_now_is_told(self, topic: Topic) -> None:
        ears = Ears()
        ears.hearing.remember({"a": facts()})
        assert (ears.hear(topic), ears.hear(topic)) == ({"a"}, set())
        assert ears.hearing.facts["a"].version == facts().version

    @pytest.mark.parametrize("topic", [Topic.OTHER, Topic.TOKEN_UPDATE])
    def test_others_say_nothing(self, topic: Topic) -> None:
        ears = Ears()
        assert (ears.hear(topic), ears.hearing.facts) == (set(), {})


class TestMissed:
    """Is there a report that no event announced?"""

    async def test_not_what_is_read_back_after_a_start(self) -> None:
        ears = Ears()
        ears.reports("a", "26.1")
        await ears.listen("a")
        assert ears.hearing.missed is None

    async def test_the_first_one_counts_until_an_event_comes(self) -> None:
        ears = Ears()
        ears.reports("a", "26.1")
        await ears.listen("a")
        for _ in range(2):
            ears.now += INTERVAL
            ears.reports("a", "26.2")
            await ears.listen("a")
        assert ears.hearing.missed == NOW + INTERVAL
        ears.hear(Topic.OTHER)
        assert ears.hearing.missed is None

    async def test_one_that_was_announced_is_not_missed(self) -> None:
        ears = Ears()
        ears.reports("a", "26.1")
        await ears.listen("a")
        ears.reports("a", "26.2")
        ears.hear(Topic.STATUS)
        await ears.listen("a")
        assert ears.hearing.missed is None


def test_who_is_gone_is_forgotten_and_what_a_status_kept_is_a_beginning() -> None:
    ears = Ears()
    ears.hearing.remember({"a": facts("26.1"), "b": None})
    ears.hear(Topic.AUTHENTICATE, "b")
    ears.hearing.remember({"a": facts("26.0")})
    assert (ears.hearing.facts, ears.hearing.renewed) == ({"a": facts("26.1")}, set())
