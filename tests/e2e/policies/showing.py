"""What people see of policies and devices, and Apple's releases of these days."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.e2e.days.story import Story, a_device
from tests.lab.device import Phase, Profile
from tests.lab.lab import TENANT
from tests.lab.readings import NEW_MACS, WORLD, World

DAY = timedelta(days=1)


def today() -> date:
    """The day on which the operator decides."""
    return datetime.now(UTC).date()


def with_release(version: str, days_ago: int = 0, world: World = WORLD) -> World:
    """A world in which Apple ships one more release for Macs."""
    return world.release(version, build_of(version), today() - days_ago * DAY, NEW_MACS)


def build_of(version: str) -> str:
    """The build of a release that Apple has never shipped, such as 25Z30 of 26.3."""
    major, minor, *patch = version.split(".")
    return f"{int(major) - 1}Z{minor}{patch[0] if patch else 0}"


def devices_in(ring: str, profiles: Iterable[Profile]) -> str:
    """Devices with the label of their ring, in one file."""
    return "---\n".join(a_device(profile, ring=ring) for profile in profiles)


def status(story: Story, kind: str, name: str) -> dict[str, Any]:
    """The status of one object; empty while it has none, or is not there."""
    items = story.lab.cluster.get(kind, "-n", TENANT)["items"]
    return next((dict(item.get("status", {})) for item in items if item["metadata"]["name"] == name), {})


async def until_shown(
    story: Story, profile: Profile, reason: str, version: str = "", progress: str = ""
) -> dict[str, Any]:
    """Wait until a Device shows this reason, target version and progress; its status."""
    wanted, seen = (reason, version, progress), {}

    def shows() -> bool:
        nonlocal seen
        seen = status(story, "device", profile.name)
        found = (seen.get("reason"), seen.get("target", {}).get("version", ""), seen.get("progress", ""))
        return found == wanted

    await story.until(shows, f"{profile.name} shows {wanted}")
    return seen


async def until_said(story: Story, profile: Profile, text: str) -> dict[str, Any]:
    """Wait until a Device's message has this in it, and what it says is on the device; its status."""
    seen: dict[str, Any] = {}

    def said() -> bool:
        nonlocal seen
        seen = status(story, "device", profile.name)
        return text in seen.get("message", "") and seen.get("progress", "") in ("", "Prepared")

    await story.until(said, f"{profile.name} says {text!r}: {seen}")
    return seen


async def until_gate(story: Story, policy: str, **said: Any) -> str:
    """Wait until the gate in a policy's status says so; its message."""
    seen: dict[str, Any] = {}

    def says() -> bool:
        nonlocal seen
        seen = status(story, "updatepolicy", policy).get("gate", {})
        return said.items() <= seen.items()

    await story.until(says, f"the gate of {policy} says {said}")
    return str(seen["message"])


def table(story: Story, kind: str) -> dict[str, dict[str, str]]:
    """What `kubectl get` prints: by name, what stands in each column."""
    head, *lines = story.lab.cluster.kubectl("get", kind, "-n", TENANT).splitlines()
    starts = [found.start() for found in re.finditer(r"\S+", head)]
    spans = list(zip(starts, [*starts[1:], None], strict=True))
    rows = [{head[a:b].strip(): line[a:b].strip() for a, b in spans} for line in lines]
    return {row["NAME"]: row for row in rows}


async def let_install(story: Story, *profiles: Profile) -> None:
    """Let days pass for the devices until these have installed what they are asked for."""
    await story.until(lambda: all(is_prepared(story, p) for p in profiles), "they are prepared")
    before = {profile: installations(story, profile) for profile in profiles}
    story.fleet.advance(3 * DAY)
    await story.until(lambda: all(installations(story, p) > before[p] for p in profiles), "they are done")


def installations(story: Story, profile: Profile) -> int:
    """How often this device has installed something."""
    return [event.what for event in story.fleet.journal(profile.name)].count("installed")


def is_prepared(story: Story, profile: Profile) -> bool:
    """Is this device ready to install what it is asked for?"""
    return story.fleet.device(profile.name).phase is Phase.PREPARED
