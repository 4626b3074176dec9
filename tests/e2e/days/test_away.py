"""The operator was away for a while: what happened meanwhile is made up for."""

from tests.e2e.days.story import Story, mac
from tests.lab.lab import TENANT

GONE, *OTHERS = MACS = [mac(number) for number in range(4)]


async def test_a_device_that_was_deleted_meanwhile_is_let_go(story: Story) -> None:
    operator = await story.begin_without_git(MACS)
    await story.until_each_has_its_own(MACS)

    operator.stop()
    story.lab.cluster.kubectl("delete", "device", GONE.name, "-n", TENANT)
    story.lab.start_operator()

    await story.until(lambda: story.sets(GONE) == [], "nothing of ours is on the deleted one")
    await story.until(lambda: not story.holds(GONE), "the deleted one has heard of it")
    await story.until_each_has_its_own(OTHERS)
