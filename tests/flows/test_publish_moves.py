"""Publish: what platform teams do with a repository, and what little it costs."""

from dataclasses import replace

import pytest

from controller.ports import Rejected
from tests.flows.publishing import IT, OWNER, SOURCE, Remote, World, device, policy


@pytest.fixture
async def world() -> World:
    world = World()
    await world.publish("a1", policy("canary"), policy("rest"), device("mac"))
    return world


def cost(world: World) -> tuple[list[str], list[str]]:
    return world.cluster.tries, world.cluster.writes


async def test_a_file_that_is_renamed_costs_nothing(world: World) -> None:
    world.remote.revision = "main@sha1:b2"
    world.remote.files = {f"moved/{file}": content for file, content in world.remote.files.items()}
    published = await world.turn()
    assert (published.revision, published.applied, cost(world)) == ("main@sha1:b2", 0, ([], []))


async def test_a_comment_costs_nothing(world: World) -> None:
    published = await world.publish("b2", "# why\n" + policy("canary"), policy("rest"), device("mac"))
    assert (published.revision, published.applied, cost(world)) == ("main@sha1:b2", 0, ([], []))
    assert world.commit_of("UpdatePolicy", "canary") == "a1"


async def test_a_line_that_moved_is_the_one_that_is_named(world: World) -> None:
    world.cluster.put(IT, "UpdatePolicy", "new", {"platform": "iOS", "selector": {}, "target": {"none": {}}})
    for comment, line in (("", 1), ("# why\n", 2)):
        published = await world.publish(f"b{line}", comment + policy("new"), policy("rest"), device("mac"))
        assert published.message.startswith(f"0.yaml:{line}: UpdatePolicy new exists")


async def test_a_conflict_is_adopted_once_it_has_the_label(world: World) -> None:
    world.cluster.put(IT, "Device", "other", {"enrollment": "E-other"}, labels={"ring": "one"})
    files = policy("canary"), policy("rest"), device("mac"), device("other", "ring: two")
    published = await world.publish("b2", *files)
    assert (published.reason, cost(world)) == ("Conflict", ([], []))
    assert published.message == (
        "3.yaml:1: Device other exists, and this repository did not make it; "
        "delete it, or give it the label pomona.dev/git"
    )
    world.cluster.find(IT, "Device", "other")["metadata"]["labels"][OWNER] = "acme"
    assert ((await world.turn()).applied, world.commit_of("Device", "other")) == (1, "b2")


async def test_another_path_leaves_what_is_in_both_as_it_is(world: World) -> None:
    world.remote = Remote()
    world.remote.commit("a1", policy("rest"), device("mac"), policy("new"))
    published = await world.turn()
    assert (published.applied, published.pruned) == (1, 1)
    assert cost(world)[1] == ["apply UpdatePolicy new", "delete UpdatePolicy canary"]


async def test_another_branch_with_the_same_content_costs_nothing(world: World) -> None:
    files, world.remote = world.remote.files, Remote()
    world.remote.revision, world.remote.files = "next@sha1:a1", files
    published = await world.turn()
    assert (published.revision, cost(world)) == ("next@sha1:a1", ([], []))


async def test_another_branch_with_other_content_is_a_commit(world: World) -> None:
    world.remote = Remote()
    world.remote.commit("c3", policy("canary", days=7), policy("rest"), device("mac"))
    published = await world.turn()
    assert (published.applied, published.drift) == (1, ())
    assert world.commit_of("UpdatePolicy", "canary") == "c3"


async def test_a_push_back_to_an_older_commit_is_a_commit(world: World) -> None:
    await world.publish("b2", policy("canary", days=7), policy("rest"), device("mac"))
    published = await world.publish("a1", policy("canary"), policy("rest"), device("mac"))
    assert (published.applied, published.drift) == (1, ())
    assert world.commit_of("UpdatePolicy", "canary") == "a1"


async def test_a_branch_that_appears_later_is_applied_then(world: World) -> None:
    world.remote = Remote(error=Rejected("https://git.acme.example has no branch 'next'"))
    assert (await world.turn()).reason == "Refused"
    world.remote.error = None
    world.remote.commit("c3", policy("canary", days=7), policy("rest"), device("mac"))
    assert (await world.turn()).applied == 1


async def test_prune_that_is_turned_on_again_removes_what_went_meanwhile(world: World) -> None:
    world.source = replace(SOURCE, prune=False)
    assert (await world.publish("b2", policy("rest"), device("mac"))).pruned == 0
    assert world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]["labels"] == {OWNER: "acme"}
    world.source = SOURCE
    assert (await world.turn()).pruned == 1


async def test_two_fleets_of_two_namespaces_have_each_their_own(world: World) -> None:
    other = World(cluster=world.cluster, remote=world.remote, source=replace(SOURCE, namespace="hr"))
    await other.turn()
    assert world.cluster.names("hr", "UpdatePolicy") == world.cluster.names(IT, "UpdatePolicy")
    await world.publish("b2", policy("rest"), device("mac"))
    assert world.cluster.names("hr", "UpdatePolicy") == ["canary", "rest"]


async def test_only_files_that_changed_are_read_again(world: World) -> None:
    bad = await world.publish("b2", policy("canary"), policy("rest", days=999), device("mac"))
    again = await world.publish("c3", policy("canary", days=7), policy("rest", days=999), device("mac"))
    assert bad.message == again.message == "1.yaml:4: spec.deadline.days: found 999, expected at most 365"
    assert (await world.publish("d4", policy("canary", days=7), policy("rest"), device("mac"))).applied == 1


async def test_what_stands_twice_is_found_when_only_one_of_both_is_new(world: World) -> None:
    files = policy("canary"), policy("rest"), device("mac")
    published = await world.publish("b2", *files, policy("canary", days=7))
    assert published.message == ("3.yaml:3: metadata.name: UpdatePolicy canary stands at 0.yaml:1, too")
    assert (await world.publish("c3", *files)).ok
