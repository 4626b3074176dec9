"""A fleet is given up: nothing of ours stays on the MDM, and it may come back."""

from tests.e2e.days.story import Story, mac

MACS = [mac(number) for number in range(12)]


async def test_a_retired_fleet_leaves_nothing_behind(story: Story) -> None:
    await story.begin(MACS)
    await story.until_each_has_its_own(MACS)

    story.lab.make_fleet(retire=True)

    await story.until_condition("Ready", "True", "Retired")
    assert story.ours() == []
    assert not any(story.sets(profile) for profile in MACS)
    await story.until(lambda: not any(map(story.holds, MACS)), "all have dropped it")
    assert set(story.lab.column("reason").values()) == {"NoPolicy"}
    assert set(story.lab.column("progress").values()) == {""}

    story.lab.make_fleet()
    await story.until_each_has_its_own(MACS)
