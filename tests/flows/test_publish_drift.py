"""Publish: what somebody else changed is put back, and told apart from what a commit changes."""

from dataclasses import replace

import pytest

from controller.drift import TOLD, Drift, told
from controller.publish import ASKED
from tests.flows.publishing import COMMIT, IT, RECONCILE, SOURCE, World, device, policy
from tests.lab.fake_cluster import Document

KNOWN = "main@sha1:a1"


@pytest.fixture
async def world() -> World:
    """What a1 says is applied, and the status says so."""
    world = World()
    await world.publish("a1", policy("canary", metadata=", labels: {team: mac}"), device("mac", "ring: one"))
    world.source = replace(SOURCE, known=KNOWN)
    world.cluster.managers = {"canary": "kubectl-edit", "mac": "kubectl-label"}
    return world


def canary(world: World) -> Document:
    return world.cluster.find(IT, "UpdatePolicy", "canary")


def mac(world: World) -> Document:
    return world.cluster.find(IT, "Device", "mac")


@pytest.mark.parametrize("restarted", [False, True], ids=["running", "restarted"])
class TestToldApart:
    @pytest.fixture(autouse=True)
    def _restart(self, world: World, restarted: bool) -> None:
        if restarted:
            world.restart()

    async def test_nothing_drifted(self, world: World) -> None:
        assert (await world.turn()).drift == ()
        assert world.cluster.asked == []

    async def test_fields_and_manager_are_named(self, world: World) -> None:
        canary(world)["spec"]["deadline"]["days"] = 99
        canary(world)["spec"]["priority"] = 7
        del canary(world)["metadata"]["labels"]["team"]
        published = await world.turn()
        fields = ("spec.deadline.days", "spec.priority", "metadata.labels.team")
        assert published.drift == (Drift("UpdatePolicy", "canary", fields, "kubectl-edit"),)
        assert (published.applied, world.cluster.asked) == (1, [("canary", fields)])
        assert canary(world)["spec"]["deadline"]["days"] == 14
        assert (await world.turn()).drift == ()

    async def test_what_others_add_to_the_spec_is_drift(self, world: World) -> None:
        canary(world)["spec"]["skip"] = [{"version": "15.6.1"}]
        [drift] = (await world.turn()).drift
        assert drift.fields == ("spec.skip",)

    async def test_what_others_add_to_the_labels_is_not(self, world: World) -> None:
        mac(world)["metadata"]["labels"]["other"] = "stays"
        assert (await world.turn()).drift == ()
        assert mac(world)["metadata"]["labels"]["other"] == "stays"

    async def test_the_commit_on_it_stays(self, world: World) -> None:
        await world.publish(
            "b2", policy("canary", metadata=", labels: {team: mac}"), device("mac", "ring: two")
        )
        world.source = replace(SOURCE, known="main@sha1:b2")
        world.restart()
        canary(world)["spec"]["deadline"]["days"] = 99
        [drift] = (await world.turn()).drift
        assert (drift.name, world.commit_of("UpdatePolicy", "canary")) == ("canary", "a1")

    async def test_what_was_deleted_is_made_again(self, world: World) -> None:
        await world.cluster.delete("Device", IT, "mac")
        published = await world.turn()
        assert (published.drift, world.cluster.asked) == ((Drift("Device", "mac", ()),), [])
        assert world.cluster.names(IT, "Device") == ["mac"]


async def test_a_commit_that_changes_an_object_is_no_drift(world: World) -> None:
    published = await world.publish("b2", policy("canary", days=7), device("mac", "ring: two"))
    assert (published.applied, published.drift, world.cluster.asked) == (2, (), [])


async def test_a_commit_that_changes_one_object_does_not_hide_that_another_one_drifted(world: World) -> None:
    mac(world)["metadata"]["labels"]["ring"] = "nine"
    published = await world.publish("b2", policy("canary", days=7), device("mac", "ring: one"))
    drift = Drift("Device", "mac", ("metadata.labels.ring",), "kubectl-label")
    assert (published.applied, published.drift) == (2, (drift,))


async def test_a_commit_that_came_while_nobody_looked_is_no_drift(world: World) -> None:
    world.restart()
    published = await world.publish("b2", policy("canary", days=7), device("mac", "ring: two"))
    assert (published.applied, published.drift) == (2, ())


async def test_a_commit_that_was_half_applied_before_a_restart_is_no_drift(world: World) -> None:
    world.restart()
    canary(world)["metadata"]["annotations"][COMMIT] = "main@sha1:b2"
    canary(world)["spec"]["deadline"]["days"] = 7
    published = await world.publish("b2", policy("canary", days=7), device("mac", "ring: two"))
    assert (published.applied, published.drift) == (2, ())


async def test_what_drifted_from_a_commit_that_the_status_does_not_know_yet_is_drift(world: World) -> None:
    world.source = SOURCE
    world.restart()
    canary(world)["spec"]["deadline"]["days"] = 99
    [drift] = (await world.turn()).drift
    assert (drift.name, drift.fields) == ("canary", ("spec.deadline.days",))


class TestLeftAlone:
    """`pomona.dev/reconcile: disabled`, and what becomes of the object once that is removed."""

    @pytest.fixture
    async def world(self, world: World) -> World:
        canary(world)["metadata"]["annotations"][RECONCILE] = "disabled"
        canary(world)["spec"]["deadline"]["days"] = 99
        published = await world.turn()
        assert (published.applied, published.drift) == (0, ())
        return world

    async def test_what_was_changed_meanwhile_is_drift(self, world: World) -> None:
        del canary(world)["metadata"]["annotations"][RECONCILE]
        [drift] = (await world.turn()).drift
        assert (drift.fields, canary(world)["spec"]["deadline"]["days"]) == (("spec.deadline.days",), 14)

    async def test_what_git_changed_meanwhile_is_a_commit_s(self, world: World) -> None:
        files = policy("canary", days=7, metadata=", labels: {team: mac}"), device("mac", "ring: one")
        assert (await world.publish("b2", *files)).applied == 0
        del canary(world)["metadata"]["annotations"][RECONCILE]
        published = await world.turn()
        assert (published.applied, published.drift) == (1, ())
        assert (canary(world)["spec"]["deadline"]["days"], world.commit_of("UpdatePolicy", "canary")) == (
            7,
            "b2",
        )

    async def test_what_git_has_no_more_is_pruned_then(self, world: World) -> None:
        assert (await world.publish("b2", device("mac", "ring: one"))).pruned == 0
        del canary(world)["metadata"]["annotations"][RECONCILE]
        assert (await world.turn()).pruned == 1


async def test_who_changed_them_is_asked_of_some(world: World) -> None:
    devices = [device(f"mac-{n:03}", "ring: one") for n in range(ASKED + 1)]
    await world.publish("b2", *devices)
    for name in world.cluster.names(IT, "Device"):
        world.cluster.find(IT, "Device", name)["metadata"]["labels"]["ring"] = "two"
    published = await world.turn()
    assert (len(published.drift), len(world.cluster.asked)) == (ASKED + 1, ASKED)


def test_it_is_told_in_one_line() -> None:
    drifts = [
        Drift("UpdatePolicy", "canary", ("spec.priority", "spec.skip"), "kubectl-edit"),
        Drift("Device", "mac", ()),
        *(Drift("Device", f"mac-{n}", ("spec.hold",)) for n in range(TOLD)),
    ]
    assert told(drifts) == (
        "kubectl-edit changed spec.priority, spec.skip of UpdatePolicy canary; somebody deleted Device mac; "
        "somebody changed spec.hold of Device mac-0; somebody changed spec.hold of Device mac-1; "
        "somebody changed spec.hold of Device mac-2; and 2 more"
    )
