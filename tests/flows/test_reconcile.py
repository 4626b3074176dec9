"""Reconcile: gather, plan, apply; and what it remembers between two cycles."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.apply import LeaseLost
from controller.audit import Audit
from controller.cycle import Cycle
from controller.domain.attention import AttentionReason
from controller.domain.decisions import Known
from controller.domain.fleets import Brake, Fleet
from controller.domain.policies import UpdatePolicy
from controller.domain.reasons import Reason
from controller.domain.reports import Report
from controller.domain.status_items import BASE
from controller.leaving import Leaving
from controller.ledger import Ledger, parse, to_text
from controller.listen import Hearing
from controller.objects import Member
from controller.ports import Rejected, Unavailable
from controller.prove import Prover
from controller.reconcile import Reconciler
from controller.standing import Wanted
from tests.domain.builders import MODEL, a_catalog, a_declaration, a_device, a_policy
from tests.lab.fake_mdm import FakeMdm, a_promise, a_subscription
from tests.lab.paper import Paper

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)
ASKED = a_declaration("15.6.1", "2025-09-03T18:00")


class Stage:
    """One fleet on one MDM, cycle after cycle, ten minutes apart."""

    def __init__(self, *names: str, mdm: FakeMdm | None = None, paper: Paper | None = None) -> None:
        self.mdm = mdm or FakeMdm()
        self.paper = paper or Paper()
        self.names = list(names)
        self.now = NOW
        self.fleet = Fleet(brake=Brake(20, 3))
        self.policies: Sequence[UpdatePolicy] = [a_policy()]
        self.leads = True
        self.leads_for = 10_000
        self.known = Known(a_catalog())
        self.hearing = Hearing(self.mdm.ours)
        self.reconciler = Reconciler(
            self.mdm,
            self.hearing,
            Leaving(self.mdm, Ledger(self.paper)),
            Prover(self.paper),
            Audit(),
            self._may_write,
            timedelta(minutes=1),
        )

    def _may_write(self) -> bool:
        self.leads_for -= 1
        return self.leads and self.leads_for >= 0

    async def cycle(self, allowance: int = 0) -> Cycle:
        self.now += timedelta(minutes=10)
        members = {name: Member(a_device(name), None, name, {}, b"{}", b"{}") for name in self.names}
        commits = {policy.name: "main@sha1:a1" for policy in self.policies}
        wanted = Wanted(self.fleet, self.policies, members, self.known, allowance, commits)
        return await self.reconciler.cycle(wanted, self.now)

    def says(
        self, name: str, version: str, held: Any = None, *, state: str = "none", supports: Sequence[str] = ()
    ) -> None:
        """The device reports: it runs *version* and holds the declaration *held*."""
        subscription = a_subscription(self.mdm.subscribed.get(f"E-{name}", BASE))
        configurations: list[dict[str, Any]] = [{"identifier": subscription, "server-token": "s"}]
        if held:
            promise = a_promise(held)
            configurations.append(
                {
                    "identifier": promise.identifier,
                    "server-token": promise.token,
                    "active": True,
                    "valid": "valid",
                }
            )
        items = {
            "device": {"operating-system": {"family": "macOS", "version": version, "build-version": "24G84"}},
            "softwareupdate": {"device-id": MODEL, "install-state": state},
            "management": {
                "declarations": {"configurations": configurations},
                "client-capabilities": {"supported-payloads": {"status-items": list(supports)}},
            },
        }
        reports = self.mdm.stored.setdefault(f"E-{name}", [])
        reports.append(Report(f"{name}-{len(reports)}", self.now, True, items))


def audited(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    lines: list[Any] = [record.msg for record in caplog.records if record.name == "pomona.audit"]
    return [(line["change"], line["device"], line["commit"]) for line in lines]


async def test_the_main_job() -> None:
    stage = Stage("a")
    await stage.cycle()
    assert (stage.mdm.writes, stage.mdm.told) == (["subscribe E-a"], ["E-a"])

    stage.says("a", "15.6")
    await stage.cycle()
    assert stage.mdm.declared == {"E-a": ASKED}

    stage.says("a", "15.6.1", ASKED)
    await stage.cycle()
    assert stage.mdm.declared == {}


@pytest.mark.parametrize("version", ["15.6", "15.6.1"])
async def test_a_second_cycle_with_nothing_new_changes_nothing(version: str) -> None:
    stage = Stage("a", "b")
    stage.says("a", version)
    stage.says("b", version)
    await stage.cycle()
    stage.says("a", version, stage.mdm.declared.get("E-a"))
    stage.says("b", version, stage.mdm.declared.get("E-b"))
    await stage.cycle()
    before, told, noted = list(stage.mdm.writes), list(stage.mdm.told), stage.paper.writes

    for _ in range(200):
        await stage.cycle()

    assert (before, told, noted) == (stage.mdm.writes, stage.mdm.told, stage.paper.writes)


async def test_a_suspended_fleet_is_planned_and_not_written(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage("a")
    stage.fleet = Fleet(suspend=True)
    stage.says("a", "15.6")
    cycle = await stage.cycle()
    assert (stage.mdm.writes, audited(caplog)) == ([], [])
    assert [outcome.progress for outcome in cycle.outcomes] == ["Planned"]


async def test_every_change_is_in_the_audit_log_once(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage("a")
    for version in ("15.6", "15.6", "15.6.1", "15.6.1"):
        stage.says("a", version)
        await stage.cycle()
    assert audited(caplog) == [("enforce", "a", "main@sha1:a1"), ("withdraw", "a", "main@sha1:a1")]


async def test_what_was_changed_before_the_lease_was_lost_is_in_the_audit_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage("a", "b")
    stage.says("a", "15.5")
    stage.says("b", "15.6")
    stage.leads_for = 4
    with pytest.raises(LeaseLost):
        await stage.cycle()
    [changed] = stage.mdm.declared
    assert [f"E-{device}" for _, device, _ in audited(caplog)] == [changed]


async def test_one_devices_refusal_is_its_own() -> None:
    stage = Stage("a", "b", mdm=FakeMdm(refuses={"E-a": "no such enrollment"}))
    stage.says("a", "15.6")
    stage.says("b", "15.6")
    cycle = await stage.cycle()
    assert stage.mdm.declared == {"E-b": ASKED}
    attention = {o.decision.device: o.attention and o.attention.reason for o in cycle.outcomes}
    assert attention == {"a": AttentionReason.REFUSED, "b": None}


async def test_a_deleted_device_is_let_go_and_told() -> None:
    stage = Stage("a", "b")
    stage.says("a", "15.6")
    stage.says("b", "15.6")
    await stage.cycle()
    stage.names.remove("a")
    stage.mdm.told.clear()
    await stage.cycle()
    assert (list(stage.mdm.declared), list(stage.mdm.subscribed)) == (["E-b"], ["E-b"])
    assert "E-a" in stage.mdm.told


async def test_an_mdm_that_tells_nobody_is_in_trouble_unless_nobody_is_to_be_told() -> None:
    stage = Stage("a", mdm=FakeMdm(mute=True))
    assert "1 of 1 devices could not be told" in str((await stage.cycle()).trouble)
    stage.fleet = Fleet(suspend=True)
    assert (await stage.cycle()).trouble is None


async def test_nothing_is_written_once_the_lease_is_lost() -> None:
    stage = Stage("a")
    stage.says("a", "15.6")
    stage.leads = False
    with pytest.raises(LeaseLost):
        await stage.cycle()
    assert stage.mdm.writes == []


async def test_an_mdm_that_is_down_ends_the_cycle_and_is_raised() -> None:
    stage = Stage("a")
    stage.says("a", "15.6")
    await stage.cycle()
    stage.mdm.down = True
    with pytest.raises(Unavailable):
        await stage.cycle()
    assert stage.mdm.declared == {"E-a": ASKED}


class TestRetire:
    """A fleet that is given up."""

    async def test_everything_is_let_go_past_the_brake(self, caplog: pytest.LogCaptureFixture) -> None:
        stage = Stage(*"abcdef")
        for name in stage.names:
            stage.says(name, "15.6")
        await stage.cycle()
        stage.fleet = Fleet(brake=Brake(0, 0), retire=True)
        stage.names.remove("f")
        caplog.clear()

        cycle = await stage.cycle()

        assert (stage.mdm.declared, stage.mdm.subscribed) == ({}, {})
        assert {(o.decision.verdict.reason, o.progress) for o in cycle.outcomes} == {(Reason.NO_POLICY, "")}
        assert audited(caplog) == [("withdraw", name, "") for name in ("a", "b", "c", "d", "e", "E-f")]

    async def test_a_second_cycle_writes_nothing(self) -> None:
        stage = Stage("a", "b")
        stage.says("a", "15.6")
        await stage.cycle()
        stage.fleet = Fleet(retire=True)
        await stage.cycle()
        before, told, noted = list(stage.mdm.writes), list(stage.mdm.told), stage.paper.writes
        stage.says("a", "15.6", ASKED)
        for _ in range(3):
            await stage.cycle()
        assert (before, told, noted) == (stage.mdm.writes, stage.mdm.told, stage.paper.writes)

    async def test_a_suspended_fleet_is_not_retired(self) -> None:
        stage = Stage("a")
        stage.says("a", "15.6")
        await stage.cycle()
        stage.fleet = Fleet(retire=True, suspend=True)
        await stage.cycle()
        assert stage.mdm.declared == {"E-a": ASKED}

    async def test_what_stays_is_raised_and_remembered(self) -> None:
        stage = Stage("a")
        stage.says("a", "15.6")
        await stage.cycle()
        stage.fleet = Fleet(retire=True)
        stage.mdm.refuses["E-a"] = "is locked"
        with pytest.raises(Rejected, match="is locked"):
            await stage.cycle()
        assert await Ledger(stage.paper).recall() == {"E-a"}

        del stage.mdm.refuses["E-a"]
        await stage.cycle()
        assert await Ledger(stage.paper).recall() == set()

    async def test_nothing_is_taken_back_without_the_lease(self) -> None:
        stage = Stage("a")
        stage.says("a", "15.6")
        await stage.cycle()
        stage.fleet, stage.leads = Fleet(retire=True), False
        with pytest.raises(LeaseLost):
            await stage.cycle()
        assert stage.mdm.declared == {"E-a": ASKED}

    async def test_a_fleet_that_comes_back_promises_anew(self) -> None:
        stage = Stage("a")
        stage.says("a", "15.6")
        await stage.cycle()
        stage.fleet = Fleet(retire=True)
        await stage.cycle()
        stage.fleet = Fleet()
        await stage.cycle()
        assert stage.mdm.declared == {"E-a": ASKED}


class TestBrake:
    """Over an hour, and once by a person's word."""

    async def a_stage(self) -> Stage:
        stage = Stage(*"abcdef")
        for name in stage.names:
            stage.says(name, "15.6")
        await stage.cycle()
        return stage

    async def test_a_drip_is_held_like_a_flood(self) -> None:
        stage = await self.a_stage()
        for name in "abcd":
            stage.names.remove(name)
            await stage.cycle()
        assert len(stage.mdm.declared) == 3

    async def test_after_an_hour_it_is_another_drip(self) -> None:
        stage = await self.a_stage()
        for name in "abcd":
            stage.names.remove(name)
            await stage.cycle()
            stage.now += timedelta(hours=1)
        assert len(stage.mdm.declared) == 2

    async def test_a_person_lets_them_go(self) -> None:
        stage = await self.a_stage()
        stage.policies = [a_policy(target=None)]
        held = await stage.cycle()
        assert (len(held.plan.braked), len(stage.mdm.declared)) == (6, 6)
        allowed = await stage.cycle(allowance=6)
        assert (allowed.plan.allowed, stage.mdm.declared) == (True, {})


async def test_after_a_restart_what_is_done_is_withdrawn_and_what_stands_is_left() -> None:
    before = Stage("a", "b")
    before.says("a", "15.6")
    before.says("b", "15.6")
    await before.cycle()
    before.mdm.writes.clear()

    after = Stage("a", "b", mdm=before.mdm)
    after.says("a", "15.6.1")
    await after.cycle()

    assert after.mdm.writes == ["withdraw E-a"]


async def test_more_enrollments_than_a_ledger_holds_stop_nothing() -> None:
    paper = Paper()
    await Ledger(paper).keep({"E-a"})
    many = {sha256(str(number).encode()).hexdigest() for number in range(40_000)}
    ledger = Ledger(paper)
    await ledger.keep(many)
    assert (await ledger.recall(), await Ledger(paper).recall()) == (frozenset(many), frozenset({"E-a"}))


class TestLedger:
    """Who may hold something is known over restarts; the MDM says what."""

    async def test_a_device_that_was_deleted_while_nobody_looked_is_let_go_and_forgotten(self) -> None:
        before = Stage("a", "b")
        before.says("a", "15.6")
        before.says("b", "15.6")
        await before.cycle()

        after = Stage("b", mdm=before.mdm, paper=before.paper)
        await after.cycle()

        assert list(after.mdm.declared) == ["E-b"]
        assert "E-a" in after.mdm.told
        assert await Ledger(after.paper).recall() == {"E-b"}

    async def test_it_is_written_before_the_mdm_is(self) -> None:
        stage = Stage("a", mdm=FakeMdm(refuses={"E-a": "no such enrollment"}))
        await stage.cycle()
        assert await Ledger(stage.paper).recall() == {"E-a"}

    async def test_who_cannot_be_let_go_stays_in_it(self) -> None:
        before = Stage("a", "b")
        before.says("a", "15.6")
        await before.cycle()
        before.mdm.refuses["E-a"] = "not now"
        await Stage("b", mdm=before.mdm, paper=before.paper).cycle()
        assert await Ledger(before.paper).recall() == {"E-a", "E-b"}

    async def test_the_brake_counts_them(self) -> None:
        before = Stage(*"abcdef")
        for name in before.names:
            before.says(name, "15.6")
        await before.cycle()
        held = await Stage("f", mdm=before.mdm, paper=before.paper).cycle()
        assert (len(held.plan.braked), len(before.mdm.declared)) == (5, 6)
        assert len(await Ledger(before.paper).recall()) == 6

    async def test_without_any_device_nobody_is_forgotten_since_nothing_is_cleared(self) -> None:
        stage = Stage("a")
        stage.says("a", "15.6")
        await stage.cycle()
        stage.names.clear()
        await stage.cycle()
        assert (stage.mdm.declared, list(stage.mdm.subscribed)) == ({}, ["E-a"])
        assert await Ledger(stage.paper).recall() == {"E-a"}

    async def test_a_suspended_fleet_does_not_touch_it(self) -> None:
        stage = Stage("a")
        stage.fleet = Fleet(suspend=True)
        await stage.cycle()
        assert stage.paper.writes == 0

    @given(st.sets(st.text("0123456789ABCDEF-", min_size=1)))
    def test_it_can_be_read_again(self, enrollments: set[str]) -> None:
        assert parse(to_text(enrollments)) == enrollments
