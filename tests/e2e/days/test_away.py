"""The operator was away for a while: what happened meanwhile is made up for."""

from datetime import timedelta

from tests.e2e.days.story import Story, mac
from tests.lab.lab import TENANT

GONE, *OTHERS = MACS = [mac(number) for number in range(12)]


async def test_a_device_that_was_deleted_meanwhile_is_let_go(story: Story) -> None:
    operator = await story.begin_without_git(MACS)
    await story.until_each_has_its_own(MACS)

    operator.stop()
    story.lab.cluster.kubectl("delete", "device", GONE.name, "-n", TENANT)
    story.lab.start_operator()

    await story.until(lambda: story.sets(GONE) == [], "nothing of ours is on the deleted one")
    await story.until(lambda: not story.holds(GONE), "the deleted one has heard of it")
    await story.until_each_has_its_own(OTHERS)


async def test_what_was_installed_meanwhile_is_withdrawn_and_the_brake_has_no_part_in_it(
    story: Story,
) -> None:
    operator = await story.begin(MACS)
    await story.until_each_has_its_own(MACS)

    operator.stop()
    story.fleet.advance(timedelta(days=7))
    await story.until(lambda: all(story.fleet.device(p.name).version == "26.2" for p in MACS), "all install")
    story.lab.start_operator()

    await story.until_all("reason", "UpToDate")
    await story.until_all("progress", "")
    await story.until_condition("Ready", "True", "Reconciled")
    assert not any(story.holds(profile) for profile in MACS)
    assert len(story.ours()) == 2
