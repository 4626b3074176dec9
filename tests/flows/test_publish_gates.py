"""Publish: gates that could not be followed are not applied."""

from dataclasses import replace

import pytest

from tests.flows.publishing import IT, RECONCILE, SOURCE, World, policy


@pytest.fixture
def world() -> World:
    return World()


def gated(name: str, after: str, platform: str = "macOS") -> str:
    return policy(name).replace("selector", f"gate: {{after: {after}}}, selector").replace("macOS", platform)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        pytest.param(
            [policy("canary"), gated("all", "canry")],
            "1.yaml:4: spec.gate.after: there is no UpdatePolicy canry, expected one",
            id="no policy",
        ),
        pytest.param(
            [policy("canary"), gated("all", "canary", platform="iOS")],
            "1.yaml:4: spec.gate.after: canary is for macOS, expected one for iOS",
            id="another platform",
        ),
        pytest.param(
            [gated("a", "b"), gated("b", "a"), gated("c", "a")],
            "0.yaml:4: spec.gate.after: a waits for b waits for a, expected no circle\n"
            "1.yaml:4: spec.gate.after: b waits for a waits for b, expected no circle",
            id="a cycle",
        ),
    ],
)
async def test_a_gate_that_cannot_be_followed_is_not_applied(
    documents: list[str], message: str, world: World
) -> None:
    published = await world.publish("a1", *documents)
    assert (published.reason, published.message) == ("InvalidManifests", message)
    assert (world.cluster.tries, world.cluster.writes) == ([], [])


SPEC = {"platform": "macOS", "selector": {}, "target": {"latest": {}}}


async def test_a_gate_may_wait_for_a_policy_that_others_made(world: World) -> None:
    refused = await world.publish("a1", gated("all", "canary"))
    world.cluster.put(IT, "UpdatePolicy", "canary", SPEC)
    published = await world.turn()
    assert (refused.reason, published.ok, world.remote.fetched) == ("InvalidManifests", True, [])


async def test_a_cycle_through_a_policy_that_others_made_is_the_commits(world: World) -> None:
    world.cluster.put(IT, "UpdatePolicy", "canary", {**SPEC, "gate": {"after": "all"}})
    published = await world.publish("a1", gated("all", "canary"))
    assert (
        published.message
        == "0.yaml:4: spec.gate.after: all waits for canary waits for all, expected no circle"
    )


async def test_a_gate_that_others_broke_is_not_the_commits(world: World) -> None:
    world.cluster.put(IT, "UpdatePolicy", "other", {**SPEC, "gate": {"after": "nobody"}})
    assert (await world.publish("a1", policy("canary"), gated("all", "canary"))).ok


@pytest.mark.parametrize(("prune", "reason"), [(True, "InvalidManifests"), (False, "Applied")])
async def test_a_gate_does_not_wait_for_what_the_commit_removes(
    prune: bool, reason: str, world: World
) -> None:
    world.source = replace(SOURCE, prune=prune)
    await world.publish("a1", policy("canary"), gated("all", "canary"))
    assert (await world.publish("b2", gated("all", "canary"))).reason == reason


async def test_of_an_object_that_is_left_alone_the_clusters_gate_counts(world: World) -> None:
    disabled = {RECONCILE: "disabled"}
    world.cluster.put(IT, "UpdatePolicy", "all", SPEC, annotations=disabled)
    assert (await world.publish("a1", policy("canary"), gated("all", "nobody"))).ok
