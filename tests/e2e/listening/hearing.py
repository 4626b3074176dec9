"""Beginning a story in which everything is heard, and nobody has to ask."""

from collections.abc import Iterable
from typing import Any

from tests.e2e.days.story import Story, a_policy
from tests.lab.device import Profile
from tests.lab.lab import TENANT

#: So rarely that no story sees it: what is known is known by events.
RARELY = ("--report-interval", "24h", "--log-level", "debug")


async def listen(story: Story, *policies: str, **fleet: Any) -> None:
    """Start the operator on a Fleet without Devices, and wait until it takes events."""
    story.lab.make_fleet(git=None, **fleet)
    story.lab.cluster.kubectl("apply", "-n", TENANT, "-f", "-", stdin="---\n".join(policies or (a_policy(),)))
    story.lab.start_operator(*RARELY)
    await story.until_condition("WebhookHeard", "False", "Never")


async def until_registered(story: Story, profiles: Iterable[Profile]) -> None:
    """Wait until each has the Device that registration makes."""
    wanted = {profile.serial.lower() for profile in profiles}
    await story.until(lambda: wanted == story.lab.devices().keys(), f"{sorted(wanted)} are registered")


def status(story: Story, profile: Profile) -> dict[str, Any]:
    """The status of a registered Device; empty while it has none."""
    return dict(story.lab.devices().get(profile.serial.lower(), {}))


async def until_status(story: Story, profile: Profile, limit: float = 60.0, **wanted: str) -> dict[str, Any]:
    """Wait until these keys of a registered Device's status are so; `attention` is its reason."""

    def shown() -> dict[str, str]:
        found = status(story, profile)
        found["attention"] = found.get("attention", {}).get("reason", "")
        found["target"] = found.get("target", {}).get("version", "")
        return {key: found.get(key, "") for key in wanted}

    await story.until(lambda: shown() == wanted, f"{profile.name}: {wanted}, {shown()}", limit)
    return status(story, profile)
