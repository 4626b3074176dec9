"""Publish: what is not applied, and for how long."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from controller.domain.fleets import Brake
from controller.ports import Rejected, Unauthorized, Unavailable
from controller.publish import Published
from tests.flows.publishing import IT, OWNER, SOURCE, Remote, World, device, policy


@pytest.fixture
def world() -> World:
    return World()


async def test_one_bad_file_and_nothing_is_applied(world: World) -> None:
    await world.publish("a1", policy("canary"))
    published = await world.publish("b2", policy("canary", days=7), policy("bad", days=999))
    assert (published.reason, published.revision) == ("InvalidManifests", "main@sha1:a1")
    assert published.message == "1.yaml:4: spec.deadline.days: found 999, expected at most 365"
    assert (world.cluster.tries, world.cluster.writes) == ([], [])


async def test_which_commit_is_refused_is_known_where_the_repository_says_it(world: World) -> None:
    refused = await world.publish("a1", policy("bad", days=999))
    world.remote.error = Unavailable("no route")
    unknown = await world.turn()
    assert (refused.head, unknown.head) == ("main@sha1:a1", "")


async def test_five_problems_are_told_and_the_others_counted(world: World) -> None:
    published = await world.publish("a1", *(policy(f"p{n}", days=999) for n in range(7)))
    assert len(published.message.splitlines()) == 6
    assert published.message.endswith("\nand 2 more")


async def test_what_the_api_server_refuses_is_found_before_anything_is_applied(world: World) -> None:
    world.cluster.refuses["bad"] = "exactly one key is expected"
    published = await world.publish("a1", policy("good"), policy("bad"))
    assert published.reason == "InvalidManifests"
    assert published.message == "1.yaml:1: spec: exactly one key is expected"
    assert world.cluster.writes == []


async def test_a_refused_commit_is_not_judged_again_until_the_head_moves(world: World) -> None:
    await world.publish("a1", policy("bad", days=999))
    again = await world.turn()
    assert (again.reason, world.remote.fetched) == ("InvalidManifests", [])
    assert (await world.publish("b2", policy("good"))).ok


async def test_what_the_api_server_refused_is_not_tried_again_until_something_is_another(
    world: World,
) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "old"}, labels={OWNER: "acme"})
    world.cluster.refuses["mac"] = "the enrollment of a Device cannot change; delete the Device"
    await world.publish("a1", device("mac"))
    again = await world.turn()
    assert (again.reason, world.remote.fetched, world.cluster.tries) == ("InvalidManifests", [], [])
    world.cluster.refuses.clear()
    await world.cluster.delete("Device", IT, "mac")
    assert (await world.turn()).ok


async def test_the_last_commit_counts_again_when_the_branch_goes_back_to_it(world: World) -> None:
    await world.publish("a1", policy("canary"))
    await world.publish("b2", policy("canary", days=999))
    published = await world.publish("a1", policy("canary"))
    assert (published.ok, published.applied) == (True, 0)


@pytest.mark.parametrize("labels", [{}, {OWNER: "another"}])
async def test_what_git_did_not_make_is_never_taken_over(labels: dict[str, str], world: World) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "E-mac"}, labels=labels)
    published = await world.publish("a1", policy("canary"), device("mac"))
    assert (published.reason, world.cluster.writes) == ("Conflict", [])
    assert published.message.startswith("1.yaml:1: Device mac exists, and this repository did not make it")


async def test_a_conflict_ends_when_the_object_is_gone_and_nothing_is_fetched_again(world: World) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "E-mac"})
    await world.publish("a1", device("mac"))
    await world.cluster.delete("Device", IT, "mac")
    published = await world.turn()
    assert (published.ok, world.remote.fetched) == (True, [])


@pytest.mark.parametrize("documents", [(), ("# nothing\n",)])
async def test_an_empty_commit_removes_nothing(documents: tuple[str, ...], world: World) -> None:
    await world.publish("a1", policy("canary"))
    published = await world.publish("b2", *documents)
    assert (published.reason, published.revision) == ("Empty", "main@sha1:a1")
    assert world.cluster.names(IT, "UpdatePolicy") == ["canary"]


async def three_of_five_devices_go(world: World) -> Published:
    await world.publish("a1", *(device(f"mac{n}") for n in range(5)))
    return await world.publish("b2", device("mac0"), device("mac1"), policy("canary"))


async def test_too_many_devices_are_not_removed_and_nothing_is_applied(world: World) -> None:
    published = await three_of_five_devices_go(world)
    assert (published.reason, published.revision) == ("Brake", "main@sha1:a1")
    assert "would remove 3 of 5 Devices" in published.message
    assert 'pomona.dev/allow-withdrawals="3"' in published.message
    assert (world.cluster.tries, world.cluster.writes) == ([], [])


@pytest.mark.parametrize("brake", [Brake(percent=20, devices=3), Brake(percent=60, devices=0)])
async def test_the_larger_of_number_and_percentage_counts(brake: Brake, world: World) -> None:
    world.source = replace(SOURCE, brake=brake)
    published = await three_of_five_devices_go(world)
    assert (published.ok, published.pruned, published.allowance_used) == (True, 3, False)


async def test_a_person_can_allow_it_and_nothing_is_fetched_again(world: World) -> None:
    await three_of_five_devices_go(world)
    world.source = replace(SOURCE, allowance=2)
    assert (await world.turn()).reason == "Brake"
    world.source = replace(SOURCE, allowance=3)
    published = await world.turn()
    assert (published.ok, published.pruned, published.allowance_used) == (True, 3, True)
    assert world.remote.fetched == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unauthorized("not let in"), "Unauthorized"),
        (Unavailable("no route"), "Unreachable"),
        (Rejected("no branch"), "Refused"),
    ],
)
@pytest.mark.parametrize("failing", [lambda error: Remote(error=error), lambda error: Remote(fetching=error)])
async def test_errors_of_the_repository_are_reasons(
    failing: Callable[[Exception], Remote], error: Exception, reason: str, world: World
) -> None:
    await world.publish("a1", policy("canary"))
    world.remote = failing(error)
    published = await world.publish("b2", policy("canary", days=7))
    assert (published.reason, published.message) == (reason, str(error))
    assert (published.revision, world.cluster.writes) == ("main@sha1:a1", [])


async def test_an_unreachable_repository_is_asked_again_and_a_hostile_one_is_not(world: World) -> None:
    world.remote.fetching = Unavailable("no route")
    await world.publish("a1", policy("canary"))
    await world.turn()
    assert len(world.remote.fetched) == 1
    world.remote.fetching = Rejected("too large")
    await world.turn()
    assert ((await world.turn()).reason, world.remote.fetched) == ("Refused", [])


async def test_an_api_server_that_does_not_answer_is_the_callers(world: World) -> None:
    world.cluster.down = True
    with pytest.raises(Unavailable):
        await world.publish("a1", policy("canary"))
    world.cluster.down = False
    published = await world.turn()
    assert (published.ok, published.applied) == (True, 1)
