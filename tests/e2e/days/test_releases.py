"""Apple takes a release back, or the author does: it is let go at once, and the brake has no part in it."""

from datetime import UTC, datetime

from tests.e2e.days.story import Story, a_policy, mac
from tests.lab.readings import NEW_MACS

FIFTY = [mac(number) for number in range(50)]


async def until_let_go(story: Story) -> None:
    """Wait until no device holds anything, nor shall; the brake must not have kept it from them."""
    await story.until(lambda: "Enforced" not in story.lab.column("reason").values(), "nobody is asked")
    await story.until_all("progress", "")
    assert [e for profile in FIFTY for e in story.enforcements(profile)] == []
    await story.until_condition("Ready", "True", "Reconciled")
    assert not any(story.holds(profile) for profile in FIFTY)


async def test_a_release_that_apple_takes_back_from_fifty_devices_is_let_go(story: Story) -> None:
    await story.begin(FIFTY)
    await story.until_each_has_its_own(FIFTY)
    story.lab.ship(story.lab.world.withdraw("26.2", NEW_MACS, datetime.now(UTC).date()))
    await until_let_go(story)


async def test_skip_takes_a_release_back_from_all_who_have_not_installed_it(story: Story) -> None:
    done, *behind = [mac(0, "26.2", "25C56"), *FIFTY[1:]]
    await story.begin([done, *behind])
    await story.until(lambda: prepared(story) == len(behind), "all who are behind are prepared")

    story.commit({"policy.yaml": a_policy(skip=[{"version": "26.2", "reason": "VPN panics"}])})

    await until_let_go(story)
    assert {story.fleet.device(profile.name).version for profile in behind} == {"26.1"}
    assert story.lab.devices()[done.name]["reported"]["version"] == "26.2"


def prepared(story: Story) -> int:
    return list(story.lab.column("progress").values()).count("Prepared")
