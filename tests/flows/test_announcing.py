"""Announcing: what a fleet's turns tell, by Events and to receivers."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from controller.announcing import NAME
from controller.domain.receivers import Receiver
from controller.drift import Drift
from controller.knowledge import Knowledge
from controller.ports import Rejected
from controller.subjects import CATALOG
from controller.tenant import Tenant
from tests.domain.builders import SHELF, a_catalog, a_release
from tests.flows.tenants import NOW, OneMdm, a_tenant
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm
from tests.lab.fake_news import FakeMessenger, FakeRecorder
from tests.lab.waiting import eventually

MACS = {"platform": "macOS", "selector": {}, "target": {"latest": {}}}
SLACK = {"type": "slack", "secretRef": {"name": "slack"}}


@dataclass
class Fleet:
    """A tenant with one policy and one device, and all that it tells. *now* is its clock."""

    mdm: FakeMdm = field(default_factory=FakeMdm)
    cluster: FakeCluster = field(default_factory=FakeCluster)
    recorder: FakeRecorder = field(default_factory=FakeRecorder)
    catalog: Any = field(default_factory=a_catalog)
    now: datetime = NOW
    may_write: bool = True

    def __post_init__(self) -> None:
        spec = {"mdm": {"nanohub": {"url": "x", "secretRef": {"name": "x"}}}, "notify": [SLACK]}
        self.cluster.put("acme", "Fleet", "acme", spec)
        self.cluster.put("acme", "UpdatePolicy", "macs", MACS)
        self.cluster.put("acme", "Device", "a", {"enrollment": "E-a"})
        self.backends = OneMdm(self.mdm)
        self.restart()

    def restart(self) -> None:
        self.tenant: Tenant = a_tenant(
            self.cluster,
            self.mdm,
            may_write=self.may_write,
            catalog=lambda: Knowledge(CATALOG.words, self.catalog, NOW),
            clock=lambda: self.now,
            backends=self.backends,
            recorder=self.recorder,
        )

    async def turn(self, later: timedelta = timedelta()) -> list[str]:
        """What the next whole turn tells."""
        self.now += later
        told = len(self.recorder.recorded)
        self.tenant.ring()
        await self.tenant.turn()
        return self.recorder.reasons[told:]

    @property
    def outbox(self) -> Any:
        return self.tenant.announcing.outbox

    @property
    def slack(self) -> FakeMessenger:
        [messenger] = self.backends.messengers.values()
        return messenger

    def skip(self, *versions: str) -> None:
        skips = [{"platform": "macOS", "version": version} for version in versions]
        self.cluster.find("acme", "Fleet", "acme")["spec"]["skip"] = skips


async def test_what_was_there_before_is_no_news_and_what_comes_is() -> None:
    fleet = Fleet()
    assert await fleet.turn() == []
    fleet.catalog = a_catalog(*SHELF, a_release("15.6.2", "2025-08-25", public=True))
    assert await fleet.turn() == ["ReleaseSeen"]
    [(about, item)] = fleet.recorder.recorded
    assert (about.kind, about.name, about.uid) == ("Fleet", "acme", "uid-Fleet-acme")
    assert item.message == "Apple posted macOS 15.6.2 on 2025-08-25, for 1 model"


async def test_the_mdm_is_away_for_a_while_and_comes_back() -> None:
    fleet, minute = Fleet(), timedelta(minutes=1)
    await fleet.turn()
    fleet.mdm.down = True
    assert [await fleet.turn(minute) for _ in range(7)] == [*([[]] * 5), ["MDMUnreachable"], []]
    fleet.restart()
    assert await fleet.turn(minute) == []
    fleet.mdm.down = False
    assert [await fleet.turn(minute) for _ in range(2)] == [["MDMUnreachableRecovered"], []]


async def test_an_mdm_that_comes_and_goes_makes_no_storm() -> None:
    fleet, found = Fleet(), []
    for turn in range(20):
        fleet.mdm.down = turn % 4 != 0
        found += await fleet.turn(timedelta(minutes=1))
    assert found == []


async def test_a_turn_without_news_writes_nothing() -> None:
    fleet = Fleet()
    await fleet.turn()
    paper = fleet.cluster.papers["acme"]
    before = paper.writes
    for _ in range(3):
        assert await fleet.turn() == []
    assert before == paper.writes


async def test_a_restart_repeats_nothing_and_loses_nothing() -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.skip("15.6.1")
    assert await fleet.turn() == ["ReleaseSkipped"]
    fleet.restart()
    assert await fleet.turn() == []
    fleet.skip("15.6.1", "15.6")
    fleet.restart()
    assert await fleet.turn() == ["ReleaseSkipped"]


async def test_what_cannot_be_kept_is_told_once_all_the_same_and_kept_later() -> None:
    fleet = Fleet()
    await fleet.turn()
    paper = fleet.cluster.papers["acme"]
    paper.down = True
    fleet.skip("15.6.1")
    assert [await fleet.turn() for _ in range(2)] == [["ReleaseSkipped"], []]
    paper.down = False
    await fleet.turn()
    fleet.restart()
    assert await fleet.turn() == []


async def test_notes_of_somebody_else_are_begun_anew(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.cluster.papers["acme"].kept[NAME] = {"Brake": "what?"}
    fleet.restart()
    assert await fleet.turn() == []
    assert "pomona-told holds something else" in caplog.text
    assert json.loads(fleet.cluster.papers["acme"].kept[NAME]["Brake"]) == []


async def test_an_event_that_cannot_be_written_keeps_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.recorder.down = True
    fleet.skip("15.6.1")
    assert await fleet.turn() == []
    assert "no Event ReleaseSkipped: the API server does not answer" in caplog.text
    await fleet.outbox.turn()
    assert [n.item.reason for n in fleet.slack.delivered] == ["ReleaseSkipped"]


async def test_a_receiver_gets_it_with_the_fleet_and_the_moment() -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.skip("15.6.1")
    await fleet.turn()
    assert await fleet.outbox.turn() == float("inf")
    [notification] = fleet.slack.delivered
    found = (notification.namespace, notification.fleet, notification.commit, notification.at)
    assert found == ("acme", "acme", "", NOW)
    assert fleet.slack.closed == 1


async def test_a_receiver_that_fails_is_shown_once_with_the_fleet_and_so_is_its_end() -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.backends.messengers[Receiver.parse({**SLACK, "severity": "info"})] = broken = FakeMessenger()
    broken.error = Rejected("it answered 404: no_team")
    for version in ("15.6.1", "15.6"):
        fleet.skip(version)
        await fleet.turn()
        await fleet.outbox.turn()
    broken.error = None
    fleet.skip("15.5")
    await fleet.turn()
    await fleet.outbox.turn()
    told = [(item.reason, item.message) for _, item in fleet.recorder.recorded if "Notif" in item.reason]
    assert told == [
        ("NotificationFailed", "the receiver slack by Secret slack: it answered 404: no_team"),
        ("NotificationFailedRecovered", "the receiver slack by Secret slack takes notifications again"),
    ]


async def test_who_hangs_delays_no_turn_and_ends_with_the_fleet() -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.backends.messengers[Receiver.parse({**SLACK, "severity": "info"})] = slack = FakeMessenger(
        hangs=True
    )
    running = asyncio.create_task(fleet.tenant.run())
    fleet.skip("15.6.1")
    fleet.tenant.ring()
    await asyncio.wait_for(slack.tried.wait(), 10)

    fleet.skip("15.6.1", "15.6")
    fleet.tenant.ring()
    await eventually(lambda: fleet.recorder.reasons.count("ReleaseSkipped") == 2, what="the second one")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (slack.closed, asyncio.all_tasks()) == (1, {asyncio.current_task()})


@pytest.mark.parametrize(
    ("kind", "name", "about"),
    [
        pytest.param("UpdatePolicy", "macs", ("UpdatePolicy", "macs", "uid-UpdatePolicy-macs"), id="policy"),
        pytest.param("Device", "a", ("Device", "a", "uid-a"), id="device"),
        pytest.param("Device", "gone", ("Fleet", "acme", "uid-Fleet-acme"), id="one that is gone"),
    ],
)
async def test_drift_is_told_with_the_object(kind: str, name: str, about: Sequence[str]) -> None:
    fleet = Fleet()
    fleet.tenant.announcing.put_back([Drift(kind, name, ("spec.priority",), "kubectl-edit")])
    assert [await fleet.turn() for _ in range(2)] == [["DriftReverted"], []]
    [(found, _)] = fleet.recorder.recorded
    assert (found.kind, found.name, found.uid) == about


async def test_who_lost_the_lease_tells_nobody() -> None:
    fleet = Fleet()
    await fleet.turn()
    fleet.may_write = False
    fleet.restart()
    fleet.tenant.announcing.put_back([Drift("Device", "a", ("spec.model",), "kubectl-edit")])
    fleet.mdm.down = True
    with pytest.raises(Exception, match="the Lease is no longer ours"):
        await fleet.turn()
    assert fleet.recorder.recorded == []
