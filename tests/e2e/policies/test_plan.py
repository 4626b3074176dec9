"""`pomona plan` against the cluster of a running operator: what it says is what then happens."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.e2e.days.story import Story, a_policy, mac, some_devices
from tests.e2e.policies.showing import with_release
from tests.lab.lab import TENANT

POMONA = Path(sys.executable).with_name("pomona")

DONE, NEXT = mac(0, "26.2", "25C56"), [mac(number) for number in (1, 2)]
OLD = [mac(number, "26.0.1", "25A362") for number in (3, 4)]

SLOW = a_policy(deadline={"days": 30, "noticeDays": 3}, detailsURL="https://it.acme.example/updates")

#: Some are due sooner, one not at all, and one has no policy any more.
CHANGED = "---\n".join(
    (
        a_policy(deadline={"days": 20, "noticeDays": 1, "weekdays": ["Tue", "Fri"]}),
        a_policy("first", priority=10, selector={"names": [OLD[0].name]}, target={"sameMajor": {}}),
        a_policy("never", priority=20, selector={"names": [NEXT[0].name]}, target={"none": {}}),
    )
)


async def plan(story: Story, folder: Path, policies: str) -> tuple[int, Any]:
    """What `pomona plan` says of these policies, and with which status it ends."""
    return await asyncio.to_thread(_plan, story.lab.cluster.kubeconfig, folder / "policy.yaml", policies)


def _plan(kubeconfig: Path, file: Path, policies: str) -> tuple[int, Any]:
    file.write_text(policies)
    command: list[str | Path] = [
        POMONA,
        "plan",
        file.parent,
        "--kubeconfig",
        kubeconfig,
        "-n",
        TENANT,
        "-o",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def decided(story: Story) -> dict[str, tuple[str, str, str]]:
    """By Device, what its status shows: reason, version and deadline."""
    return {
        name: (
            status.get("reason", ""),
            status.get("target", {}).get("version", ""),
            status.get("deadline", ""),
        )
        for name, status in story.lab.devices().items()
    }


def expected(said: Any) -> dict[str, tuple[str, str, str]]:
    """The same, as a plan says that it will be."""
    rows = {}
    for row in said["devices"]:
        after = row["enforcement"]["after"] or {"version": "", "deadline": ""}
        rows[row["name"]] = (row["reason"]["after"], after["version"], after["deadline"])
    return rows


async def begin(story: Story, **fleet: Any) -> None:
    """A fleet whose devices all have what they shall have."""
    story.lab.ship(with_release("26.3", days_ago=2))
    listed = [DONE, *NEXT, *OLD]
    await story.fleet.enroll(listed)
    story.commit({"policy.yaml": SLOW, "devices.yaml": some_devices(listed)})
    story.lab.make_fleet(**fleet)
    story.lab.start_operator()
    await story.until_each_has_its_own(listed)


async def test_policies_that_are_in_force_change_nothing(story: Story, tmp_path: Path) -> None:
    await begin(story)
    code, said = await plan(story, tmp_path, SLOW)
    assert (code, said["changed"], said["warnings"]) == (0, 0, [])
    assert said["inForce"] == {"before": 5, "after": 5}
    assert decided(story) == expected(said)


async def test_what_a_plan_says_is_what_the_operator_then_does(story: Story, tmp_path: Path) -> None:
    await begin(story)
    code, said = await plan(story, tmp_path, CHANGED)
    assert code == 2
    assert (said["changes"]["withdraw"], said["changes"]["move"]) == (1, 4)
    story.commit({"policy.yaml": CHANGED})
    wanted = expected(said)
    await story.until(lambda: decided(story) == wanted, f"the operator does what was said: {wanted}")
    code, said = await plan(story, tmp_path, CHANGED)
    assert (code, said["changed"]) == (0, 0)


async def test_details_alone_are_a_change_of_their_own(story: Story, tmp_path: Path) -> None:
    await begin(story)
    code, said = await plan(story, tmp_path, SLOW.replace("acme.example/updates", "acme.example/other"))
    assert (code, said["changes"]) == (2, {"enforce": 0, "move": 0, "details": 5, "withdraw": 0})


async def test_the_brake_holds_back_what_the_plan_says(story: Story, tmp_path: Path) -> None:
    await begin(story, brake={"percent": 20, "devices": 2})
    code, said = await plan(story, tmp_path, a_policy(target={"none": {}}))
    assert (code, said["heldBack"], said["inForce"]["after"]) == (2, 5, 5)
    assert [warning["reason"] for warning in said["warnings"]] == ["Brake"]
    story.commit({"policy.yaml": a_policy(target={"none": {}})})
    message = await story.until_condition("Ready", "False", "Brake")
    assert message.startswith("5 of 5 devices would be let go unfinished")
    again, said = await plan(story, tmp_path, a_policy(target={"none": {}}))
    assert (again, said["heldBack"]) == (2, 5)


async def test_what_a_suspended_fleet_shows_is_not_in_force(story: Story, tmp_path: Path) -> None:
    await story.fleet.enroll([*NEXT])
    story.commit({"policy.yaml": SLOW, "devices.yaml": some_devices(NEXT)})
    story.lab.make_fleet(suspend=True)
    story.lab.start_operator()
    await story.until(lambda: all(decided(story).get(m.name, ("",))[0] for m in NEXT), "they are decided")
    _, said = await plan(story, tmp_path, SLOW)
    assert said["inForce"]["before"] == 0
    assert "FleetSuspended" in [warning["reason"] for warning in said["warnings"]]
