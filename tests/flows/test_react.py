"""A reaction: what devices said is decided about at once, and nothing else is looked at."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from controller.domain.attention import AttentionReason
from controller.domain.enrollments import Event, Topic
from controller.domain.fleets import Brake, Fleet
from controller.domain.reasons import Reason
from controller.domain.status import Outcome
from controller.domain.status_items import BASE, ITEMS
from controller.ports import Unavailable
from tests.domain.builders import a_policy
from tests.flows.test_reconcile import ASKED, Stage, audited
from tests.lab.fake_mdm import FakeMdm


def hear(stage: Stage, topic: Topic, name: str = "a", **fields: Any) -> None:
    """An event of the MDM, a minute later."""
    stage.now += timedelta(minutes=1)
    stage.reconciler.hear([Event(topic, f"E-{name}", stage.now, **fields)])


async def react(stage: Stage) -> dict[str, Outcome]:
    """The outcomes that a reaction decided about, by Device."""
    cycle = await stage.reconciler.react(stage.now)
    return {outcome.decision.device: outcome for outcome in cycle.outcomes} if cycle else {}


async def two_at_work() -> Stage:
    """Two Macs that are behind, and hold what they were asked for."""
    stage = Stage("a", "b")
    for name in stage.names:
        stage.says(name, "15.6")
    await stage.cycle()
    for name in stage.names:
        stage.says(name, "15.6", ASKED)
    await stage.cycle()
    stage.mdm.writes.clear()
    stage.mdm.told.clear()
    return stage


async def test_a_report_is_decided_about_alone() -> None:
    stage = await two_at_work()
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6.1", ASKED)

    outcomes = await react(stage)

    assert [(name, o.decision.verdict.reason) for name, o in outcomes.items()] == [("a", Reason.UP_TO_DATE)]
    assert (stage.mdm.writes, stage.mdm.told) == (["withdraw E-a"], ["E-a"])
    assert outcomes["a"].progress == "Withdrawing"


async def test_the_counts_are_those_of_a_whole_cycle() -> None:
    stage = await two_at_work()
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6.1", ASKED)
    reaction = await stage.reconciler.react(stage.now)
    assert reaction
    reasons = dict(reaction.tallies.whole().reasons)

    whole = await stage.cycle()

    assert reasons == {Reason.UP_TO_DATE: 1, Reason.ENFORCED: 1}
    assert reaction.touched == {"macs"}
    assert dict(whole.tallies.whole().reasons) == reasons


async def test_nothing_new_is_no_reaction() -> None:
    stage = await two_at_work()
    hear(stage, Topic.STATUS)
    assert await react(stage) == {}
    hear(stage, Topic.OTHER)
    assert await react(stage) == {}


async def test_a_progress_is_shown_and_nothing_is_written() -> None:
    stage = await two_at_work()
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6", ASKED, state="downloading")
    outcomes = await react(stage)
    assert (outcomes["a"].progress, stage.mdm.writes, stage.mdm.told) == ("Downloading", [], [])


async def test_a_device_goes_back_and_is_promised_anew(caplog: pytest.LogCaptureFixture) -> None:
    stage = await two_at_work()
    for version in ("15.6.1", "15.6"):
        hear(stage, Topic.STATUS)
        stage.says("a", version)
        await react(stage)
    assert stage.mdm.writes == ["withdraw E-a", "enforce E-a 15.6.1"]
    assert [line for line in audited(caplog) if line[1] == "a"][-2:] == [
        ("withdraw", "a", "main@sha1:a1"),
        ("enforce", "a", "main@sha1:a1"),
    ]


async def test_the_notice_is_whole_from_the_reaction_on() -> None:
    stage = Stage("a")
    stage.policies = [a_policy(days=0, notice=3)]
    stage.now = datetime(2025, 8, 26, 3, 45, tzinfo=UTC)
    await stage.cycle()
    stage.now += timedelta(minutes=10)
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6")

    outcomes = await react(stage)

    promised = outcomes["a"].declaration
    assert promised
    assert promised.deadline >= stage.now.replace(tzinfo=None) + timedelta(days=3, hours=14)


async def test_what_it_supports_it_is_asked_for() -> None:
    stage = Stage("a")
    await stage.cycle()
    assert stage.mdm.subscribed == {"E-a": BASE}
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6", supports=[*ITEMS, "device.power.battery-health"])
    stage.mdm.told.clear()

    await react(stage)

    assert stage.mdm.subscribed == {"E-a": ITEMS}
    assert stage.mdm.told == ["E-a"]


async def test_a_suspended_fleet_writes_nothing() -> None:
    stage = Stage("a")
    stage.fleet = Fleet(suspend=True)
    await stage.cycle()
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6")
    outcomes = await react(stage)
    assert (outcomes["a"].progress, stage.mdm.writes, stage.mdm.told) == ("Planned", [], [])


async def test_a_missing_token_is_warned_about_when_it_becomes_known() -> None:
    stage = await two_at_work()
    hear(stage, Topic.SET_BOOTSTRAP_TOKEN)
    outcomes = await react(stage)
    attention = outcomes["a"].attention
    assert attention
    assert attention.reason is AttentionReason.BOOTSTRAP_TOKEN
    hear(stage, Topic.SET_BOOTSTRAP_TOKEN, escrowed=True)
    assert (await react(stage))["a"].attention is None


async def test_one_that_left_is_let_go_and_not_told() -> None:
    stage = await two_at_work()
    hear(stage, Topic.CHECK_OUT)
    outcomes = await react(stage)
    assert outcomes["a"].decision.verdict.reason is Reason.UNENROLLED
    assert (stage.mdm.writes, stage.mdm.told) == (["withdraw E-a"], [])


async def test_the_brake_counts_reactions_as_it_counts_cycles() -> None:
    stage = Stage(*"abcdef")
    stage.fleet = Fleet(brake=Brake(20, 3))
    for name in stage.names:
        stage.says(name, "15.6")
    await stage.cycle()
    for name in "abcd":
        hear(stage, Topic.CHECK_OUT, name)
        outcomes = await react(stage)
    assert (sorted(stage.mdm.declared), outcomes["d"].braked) == (["E-d", "E-e", "E-f"], True)


async def test_what_a_person_allowed_is_used_up_by_the_cycle() -> None:
    stage = Stage(*"abcdef")
    stage.fleet = Fleet(brake=Brake(0, 0))
    for name in stage.names:
        stage.says(name, "15.6")
    await stage.cycle(allowance=3)
    hear(stage, Topic.CHECK_OUT)
    await react(stage)
    assert len(stage.mdm.declared) == 6


class TestEnrolledAnew:
    async def test_it_needs_a_cycle_which_ends_the_promise(self, caplog: pytest.LogCaptureFixture) -> None:
        stage = await two_at_work()
        hear(stage, Topic.AUTHENTICATE)
        assert stage.reconciler.needs_cycle()
        caplog.clear()

        cycle = await stage.cycle()

        assert not stage.reconciler.needs_cycle()
        assert stage.mdm.writes == ["renew E-a"]
        assert cycle.plan.decisions["a"].verdict.reason is Reason.NO_REPORT
        assert audited(caplog) == [("withdraw", "a", "")]

    async def test_then_it_is_promised_with_full_notice(self) -> None:
        stage = await two_at_work()
        stage.policies = [a_policy(days=0)]
        stage.now += timedelta(days=30)
        hear(stage, Topic.AUTHENTICATE)
        await stage.cycle()
        hear(stage, Topic.STATUS)
        stage.says("a", "15.6")

        await react(stage)

        assert stage.mdm.declared["E-a"].deadline - stage.now.replace(tzinfo=None) > timedelta(days=3)

    async def test_it_is_told_again_at_once_and_when_a_push_can_reach_it(self) -> None:
        stage = Stage("a")
        await stage.cycle()
        for topic, pushable in ((Topic.AUTHENTICATE, False), (Topic.TOKEN_UPDATE, True)):
            hear(stage, topic, pushable=pushable)
            await stage.cycle()
        assert stage.mdm.told == ["E-a"] * 3

    async def test_a_promise_that_cannot_be_ended_is_ended_the_next_time(self) -> None:
        stage = await two_at_work()
        stage.mdm.refuses["E-a"] = "not now"
        hear(stage, Topic.AUTHENTICATE)
        await stage.cycle()
        assert stage.reconciler.needs_cycle()
        stage.mdm.refuses.clear()
        await stage.cycle()
        assert list(stage.mdm.declared) == ["E-b"]

    async def test_a_suspended_fleet_ends_it_when_it_goes_on(self) -> None:
        stage = await two_at_work()
        stage.fleet = Fleet(suspend=True)
        hear(stage, Topic.AUTHENTICATE)
        await stage.cycle()
        assert (stage.reconciler.needs_cycle(), stage.mdm.writes) == (False, [])
        stage.fleet = Fleet()
        await stage.cycle()
        assert stage.mdm.writes == ["renew E-a"]


async def test_after_a_cycle_that_failed_a_reaction_is_not_enough() -> None:
    stage = await two_at_work()
    stage.mdm.down = True
    with pytest.raises(Unavailable):
        await stage.cycle()
    assert stage.reconciler.needs_cycle()


async def test_a_refusal_is_shown_until_it_is_over() -> None:
    stage = Stage("a", mdm=FakeMdm(refuses={"E-a": "no such enrollment"}))
    await stage.cycle()
    hear(stage, Topic.STATUS)
    stage.says("a", "15.6")
    refused = (await react(stage))["a"].attention
    stage.mdm.refuses.clear()
    stage.says("a", "15.5")
    hear(stage, Topic.STATUS)
    assert refused
    assert (refused.reason, (await react(stage))["a"].attention) == (AttentionReason.REFUSED, None)
