"""Upgrades apart from updates."""

from tests.e2e.days.story import Story, a_device, a_policy, mac
from tests.e2e.policies.showing import DAY, let_install, today, until_shown
from tests.lab.readings import NEW_MACS, WORLD

OLD = mac(1, "15.7.2", "24G325")


async def test_a_mac_comes_to_a_newer_major_once_its_own_is_done(story: Story) -> None:
    policy = a_policy(deadline={"days": 0, "noticeDays": 0, "majorDays": 60})
    await story.begin_with({"policy.yaml": policy, "devices.yaml": a_device(OLD)}, [OLD])
    shown = await until_shown(story, OLD, "Enforced", "15.7.3", "Prepared")
    assert "0 days after 15.7.3 was posted" in shown["message"]
    await let_install(story, OLD)

    shown = await until_shown(story, OLD, "Enforced", "26.2", "Prepared")
    assert "60 days after 26.0 was posted" in shown["message"]
    await let_install(story, OLD)
    await until_shown(story, OLD, "UpToDate")

    story.lab.ship(WORLD.release("27.0", "26A300", today() - 10 * DAY, NEW_MACS))
    shown = await until_shown(story, OLD, "Enforced", "27.0", "Prepared")
    assert shown["message"] == f"27.0 by {today() + 50 * DAY}T18:00: 60 days after 27.0 was posted"
