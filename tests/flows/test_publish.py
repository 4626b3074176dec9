"""Publish: what a commit changes in the cluster."""

import asyncio
from dataclasses import replace

import pytest

from controller.domain.fleets import Brake
from controller.domain.registering import REGISTERED, NewDevice
from controller.publish import Published
from tests.flows.publishing import COMMIT, IT, OWNER, RECONCILE, SOURCE, Remote, World, device, policy
from tests.lab.fake_cluster import applied


@pytest.fixture
def world() -> World:
    return World()


async def test_a_commit_is_tried_then_applied_and_signed(world: World) -> None:
    published = await world.publish("a1", policy("canary"), device("mac"))
    revision = "main@sha1:a1"
    assert published == Published("Applied", f"{revision} is applied", revision, applied=2, head=revision)
    assert published.ok
    assert applied(world.cluster.tries) == applied(world.cluster.writes) == ["canary", "mac"]
    metadata = world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]
    assert (metadata["namespace"], metadata["labels"]) == (IT, {OWNER: "acme"})
    assert metadata["annotations"] == {COMMIT: "main@sha1:a1"}


async def test_an_unchanged_head_costs_no_fetch_and_no_write(world: World) -> None:
    await world.publish("a1", policy("canary"), device("mac"))
    published = await world.turn()
    assert (published.ok, published.applied) == (True, 0)
    assert (world.remote.fetched, world.cluster.tries, world.cluster.writes) == ([], [], [])


async def test_a_restart_fetches_and_writes_nothing(world: World) -> None:
    await world.publish("a1", policy("canary"), device("mac", "ring: one"))
    world.restart()
    published = await world.turn()
    assert (published.ok, published.revision, published.applied) == (True, "main@sha1:a1", 0)
    assert (len(world.remote.fetched), world.cluster.tries, world.cluster.writes) == (1, [], [])


async def test_only_what_differs_is_tried_and_applied(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("rest"), device("mac"))
    published = await world.publish("b2", policy("canary", days=7), policy("rest"), device("mac"))
    assert published.applied == 1
    assert applied(world.cluster.tries) == applied(world.cluster.writes) == ["canary"]


async def test_the_commit_on_an_object_is_the_one_that_last_changed_it(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("rest"))
    await world.publish("b2", policy("canary", days=7), policy("rest"))
    world.restart()
    await world.publish("c3", policy("canary", days=7), policy("rest", days=7))
    await world.publish("d4", policy("canary", days=7), policy("rest", days=7), policy("new"))
    assert [world.commit_of("UpdatePolicy", name) for name in ("canary", "rest", "new")] == ["b2", "c3", "d4"]


async def test_drift_is_put_back_without_a_fetch_and_keeps_its_commit(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("rest"))
    await world.publish("b2", policy("canary"), policy("rest", days=7))
    world.cluster.find(IT, "UpdatePolicy", "canary")["spec"]["deadline"]["days"] = 99
    published = await world.turn()
    assert (published.applied, world.remote.fetched) == (1, [])
    assert world.cluster.find(IT, "UpdatePolicy", "canary")["spec"]["deadline"]["days"] == 14
    assert world.commit_of("UpdatePolicy", "canary") == "a1"


@pytest.mark.parametrize("kept", ["labels", "annotations"])
async def test_labels_and_annotations_of_git_are_put_back_and_others_stay(kept: str, world: World) -> None:
    await world.publish("a1", policy("canary", metadata=f", {kept}: {{team: mac}}"))
    metadata = world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]
    metadata[kept] |= {"team": "changed", "other": "stays"}
    await world.turn()
    metadata = world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]
    assert (metadata[kept]["team"], metadata[kept]["other"]) == ("mac", "stays")
    assert (await world.turn()).applied == 0


async def test_what_was_deleted_by_hand_is_made_again(world: World) -> None:
    await world.publish("a1", policy("canary"))
    await world.cluster.delete("UpdatePolicy", IT, "canary")
    assert (await world.turn()).applied == 1
    assert world.cluster.names(IT, "UpdatePolicy") == ["canary"]


async def test_a_label_that_git_takes_back_goes(world: World) -> None:
    await world.publish("a1", device("mac", "ring: canary"))
    await world.publish("b2", device("mac"))
    assert world.cluster.find(IT, "Device", "mac")["metadata"]["labels"] == {OWNER: "acme"}


async def test_a_label_that_git_took_back_while_nobody_looked_goes(world: World) -> None:
    await world.publish("a1", device("mac", "ring: canary"))
    world.restart()
    await world.publish("b2", device("mac"))
    assert world.cluster.find(IT, "Device", "mac")["metadata"]["labels"] == {OWNER: "acme"}


async def test_what_git_has_no_more_is_pruned_last(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("old"), device("mac"))
    published = await world.publish("b2", policy("canary"), policy("new"))
    assert (published.applied, published.pruned) == (1, 2)
    assert world.cluster.writes == ["apply UpdatePolicy new", "delete Device mac", "delete UpdatePolicy old"]


async def test_what_git_did_not_bring_is_never_pruned(world: World) -> None:
    world.cluster.put(IT, "Device", "registered", {"enrollment": "E1"})
    world.cluster.put(IT, "Device", "others", {"enrollment": "E2"}, labels={OWNER: "another"})
    assert (await world.publish("a1", policy("canary"))).pruned == 0


async def test_without_prune_nothing_is_removed(world: World) -> None:
    world.source = replace(SOURCE, prune=False)
    await world.publish("a1", policy("canary"), policy("old"))
    published = await world.publish("b2", policy("canary"))
    assert (published.pruned, world.cluster.names(IT, "UpdatePolicy")) == (0, ["canary", "old"])


async def test_what_is_marked_is_left_alone(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("pruned"))
    for name in ("canary", "pruned"):
        found = world.cluster.find(IT, "UpdatePolicy", name)
        found["metadata"]["annotations"][RECONCILE] = "disabled"
        found["spec"]["deadline"]["days"] = 99
    published = await world.publish("b2", policy("canary", days=7))
    assert (published.ok, published.applied, published.pruned, world.cluster.writes) == (True, 0, 0, [])


async def test_what_others_made_and_marked_is_no_conflict(world: World) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "other"}, annotations={RECONCILE: "disabled"})
    published = await world.publish("a1", device("mac"), policy("canary"))
    assert (published.ok, applied(world.cluster.writes)) == (True, ["canary"])


async def test_another_repository_of_the_same_revision_is_read_anew(world: World) -> None:
    await world.publish("a1", policy("canary"))
    world.remote = Remote()
    published = await world.publish("a1", policy("other"))
    assert (published.ok, world.cluster.names(IT, "UpdatePolicy")) == (True, ["other"])


class TestRegistered:
    """A Device that registration made may come from Git as well, and stays when Git has it no more."""

    @pytest.fixture
    def world(self) -> World:
        world = World()
        made = NewDevice("a", "E-a", "C02", frozenset({REGISTERED}))
        asyncio.run(world.cluster.make_device(IT, made))
        return world

    async def test_git_adds_to_it(self, world: World) -> None:
        published = await world.publish("1", device("a", "ring: canary"), device("b"))
        labels = world.cluster.find(IT, "Device", "a")["metadata"]["labels"]
        assert (published.reason, labels) == (
            "Applied",
            {"pomona.dev/registered": "true", OWNER: "acme", "ring": "canary"},
        )

    async def test_and_has_nothing_to_add_after_a_restart(self, world: World) -> None:
        await world.publish("1", device("a", "ring: canary"))
        world.restart()
        assert (await world.turn()).applied == 0

    async def test_git_takes_back_what_it_added(self, world: World) -> None:
        await world.publish("1", device("a", "ring: canary"), device("b"))
        await world.publish("2", device("b"))
        left = world.cluster.find(IT, "Device", "a")
        assert left["metadata"]["labels"] == {"pomona.dev/registered": "true"}
        assert left["spec"]["enrollment"] == "E-a"

    async def test_the_brake_does_not_count_it(self, world: World) -> None:
        world.source = replace(SOURCE, brake=Brake(0, 0))
        await world.publish("1", device("a"), device("b"))
        assert (await world.publish("2", device("b"))).reason == "Applied"

    async def test_another_enrollment_of_that_name_is_a_conflict(self, world: World) -> None:
        other = device("a").replace("E-a", "E-b")
        assert (await world.publish("1", other)).reason == "Conflict"
