"""The API server goes away, or forgets the past: the operator goes on where it was."""

import json
import signal
from collections.abc import AsyncIterator

import pytest

from tests.e2e.days.story import Story, a_policy, mac
from tests.lab.lab import TENANT

MACS = [mac(number) for number in range(4)]


@pytest.fixture
async def story(story: Story) -> AsyncIterator[Story]:
    """Four Macs with a promise each, brought by kubectl. In the end every watch must be alive."""
    await story.begin_without_git(MACS)
    await story.until_each_has_its_own(MACS)
    yield story
    left = [profile for profile in MACS if profile.name in story.lab.devices()]
    story.lab.cluster.kubectl(
        "apply", "-n", TENANT, "-f", "-", stdin=a_policy(detailsURL="https://acme.example")
    )
    await story.until(
        lambda: all("DetailsURL" in str(story.enforcements(p)) for p in left), "the policy is heard"
    )
    await story.until_each_has_its_own(left)
    story.lab.cluster.kubectl("delete", "device", left[0].name, "-n", TENANT)
    await story.until(lambda: story.sets(left[0]) == [], "the deletion is heard")
    await story.until_condition("Ready", "True", "Reconciled")
    second = story.lab.fleet() | {"metadata": {"name": "second", "namespace": TENANT}, "status": {}}
    story.lab.cluster.kubectl("apply", "-f", "-", stdin=json.dumps(second))
    await story.until(lambda: "SecondFleet" in second_status(story), "a new Fleet is heard")


def second_status(story: Story) -> str:
    return str(story.lab.cluster.get("fleet", "second", "-n", TENANT).get("status"))


async def test_it_is_restarted(story: Story) -> None:
    before = [story.enforcements(profile) for profile in MACS]
    story.lab.cluster.restart_apiserver()
    assert before == [story.enforcements(profile) for profile in MACS]


async def test_it_is_away_until_the_lease_is_lost(story: Story) -> None:
    before = [story.enforcements(profile) for profile in MACS]
    story.lab.cluster.stop_apiserver()
    await story.until_logged("the Lease is lost")
    story.lab.cluster.start_apiserver()
    await story.until_logged("holding the Lease", times=2)
    assert before == [story.enforcements(profile) for profile in MACS]


async def test_it_forgets_what_the_operator_has_not_heard(story: Story) -> None:
    """A watch that wants to go on from there is answered with 410: everything is listed anew."""
    gone = MACS[-1]
    story.lab.operators[-1].signal(signal.SIGSTOP)
    story.lab.cluster.kubectl("delete", "device", gone.name, "-n", TENANT)
    story.lab.cluster.restart_apiserver()
    story.lab.cluster.compact()
    story.lab.operators[-1].signal(signal.SIGCONT)
    await story.until(lambda: story.sets(gone) == [], "it is let go")
