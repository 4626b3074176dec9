"""A release goes from ring to ring: each one gets it when the one before has proved it."""

import json
from typing import Any

from tests.e2e.days.story import Story, a_policy, mac
from tests.e2e.policies.showing import (
    devices_in,
    let_install,
    status,
    table,
    today,
    until_gate,
    until_shown,
    with_release,
)
from tests.lab.lab import TENANT

CANARIES, EARLY, OTHER = [mac(1), mac(2)], mac(3), mac(4)
EVERYBODY = [*CANARIES, EARLY, OTHER]


def rings(soak_days: int = 0) -> str:
    """The canaries, the early ones after them, everyone after those."""

    def after(policy: str) -> dict[str, Any]:
        return {"after": policy, "minDevices": 2, "soakDays": soak_days}

    return "---\n".join(
        (
            a_policy("canary", priority=20, selector={"matchLabels": {"ring": "canary"}}),
            a_policy("early", priority=10, selector={"matchLabels": {"ring": "early"}}, gate=after("canary")),
            a_policy("everyone", gate=after("early")),
        )
    )


async def test_two_releases_go_from_ring_to_ring(story: Story) -> None:
    devices = [devices_in("canary", CANARIES), devices_in("early", [EARLY]), devices_in("last", [OTHER])]
    await story.begin_with({"policy.yaml": rings(), "devices.yaml": "---\n".join(devices)}, EVERYBODY)
    await the_canaries_prove(story, "26.2")

    story.lab.operators[-1].kill()
    story.commit({"policy.yaml": rings(soak_days=30)})
    story.lab.start_operator()
    await a_stricter_gate_does_not_close(story, "26.2")
    story.commit({"policy.yaml": rings()})
    await the_others_follow(story, "26.2")

    story.lab.ship(with_release("26.3"))
    for profile in CANARIES:
        await until_shown(story, profile, "Enforced", "26.3", "Prepared")
    assert status(story, "device", EARLY.name)["message"] == (
        "runs 26.2; 26.3 waits until canary has proved it"
    )
    await the_canaries_prove(story, "26.3")
    await the_others_follow(story, "26.3")
    assert {story.fleet.device(profile.name).version for profile in EVERYBODY} == {"26.3"}
    await the_proofs_are_kept(story, {"26.2", "26.3"})


async def the_canaries_prove(story: Story, version: str) -> None:
    """The gates are closed, and those who wait for them keep still; then the canaries install it."""
    for profile in CANARIES:
        await until_shown(story, profile, "Enforced", version, "Prepared")
    message = await until_gate(
        story, "early", open=False, version=version, healthy=0, needed=2, failing=0, pending=2
    )
    assert message == f"{version} waits for canary: 0 of 2 healthy, 0 failing, 2 pending"
    await until_gate(story, "everyone", open=False, version=version, healthy=0, needed=1, pending=1)
    assert not story.holds(EARLY)
    assert not story.holds(OTHER)
    await let_install(story, *CANARIES)
    for profile in CANARIES:
        await until_shown(story, profile, "UpToDate")
    message = await until_gate(story, "early", open=True, version=version, healthy=2, needed=2, pending=0)
    assert message == f"open for {version} since {today()}"


async def a_stricter_gate_does_not_close(story: Story, version: str) -> None:
    """What the gate has let through it has let through, whatever is asked of it now."""
    await until_gate(story, "early", open=True, version=version, healthy=0, needed=2, pending=2)
    await until_shown(story, EARLY, "Enforced", version, "Prepared")
    shown = await until_shown(story, OTHER, "Gated")
    assert shown["message"] == f"{version} waits until early has proved it"


async def the_others_follow(story: Story, version: str) -> None:
    """The early ones, and after them everyone."""
    shown = await until_shown(story, EARLY, "Enforced", version, "Prepared")
    assert f"0 days after canary proved {version}" in shown["message"]
    rows = table(story, "upol")
    assert [(rows[p]["TARGET"], rows[p]["GATE"]) for p in rows] == [
        (version, ""),
        (version, "true"),
        (rows["everyone"]["TARGET"], "false"),
    ]
    await let_install(story, EARLY)
    await until_gate(story, "everyone", open=True, version=version, healthy=1, needed=1)
    await until_shown(story, OTHER, "Enforced", version, "Prepared")
    await let_install(story, OTHER)
    await until_shown(story, OTHER, "UpToDate")
    rows = table(story, "upol")
    assert [(row["UP-TO-DATE"], row["ENFORCED"], row["GATE"], row["READY"]) for row in rows.values()] == [
        ("2", "0", "", "True"),
        ("1", "0", "true", "True"),
        ("1", "0", "true", "True"),
    ]


async def the_proofs_are_kept(story: Story, versions: set[str]) -> None:
    """In a ConfigMap that goes when the Fleet does."""
    kept = story.lab.cluster.get("configmap", "pomona-proofs", "-n", TENANT)
    [owner] = kept["metadata"]["ownerReferences"]
    fleet = story.lab.fleet()["metadata"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Fleet", TENANT, fleet["uid"])
    assert {policy: set(json.loads(days)) for policy, days in kept["data"].items()} == {
        "early": versions,
        "everyone": versions,
    }
