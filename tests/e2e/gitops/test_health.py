"""What kstatus says of real objects, from the moment they are made."""

from typing import Any

from tests.e2e.days.story import Story, a_policy
from tests.lab.kstatus import Verdict, verdict
from tests.lab.lab import TENANT


def verdicts(story: Story) -> dict[str, Verdict]:
    """By kind and name."""
    found: list[Any] = story.lab.cluster.get("fleets,updatepolicies", "-n", TENANT)["items"]
    return {f"{item['kind']}/{item['metadata']['name']}": verdict(item) for item in found}


async def until(story: Story, **wanted: Verdict) -> None:
    named = {f"{kind}/{TENANT if kind == 'Fleet' else 'macs'}": found for kind, found in wanted.items()}
    await story.until(lambda: named.items() <= verdicts(story).items(), f"{named}")


async def test_from_the_first_moment_to_the_last(story: Story) -> None:
    story.lab.make_fleet(git=None)
    story.lab.cluster.kubectl("apply", "-n", TENANT, "-f", "-", stdin=a_policy())
    assert set(verdicts(story).values()) == {Verdict.IN_PROGRESS}

    story.lab.start_operator()
    await until(story, Fleet=Verdict.CURRENT, UpdatePolicy=Verdict.CURRENT)

    story.lab.set_key("not the key")
    await story.until_condition("Ready", "False", "MDMRefused")
    await until(story, Fleet=Verdict.IN_PROGRESS)
    assert story.lab.condition("Reconciling") == {}

    story.lab.set_key(story.lab.nanohub.api_key)
    story.lab.make_fleet(git=None, mdm="http://127.0.0.1:9")
    await story.until_condition("Reconciling", "True", "ProgressingWithRetry")
    await until(story, Fleet=Verdict.IN_PROGRESS, UpdatePolicy=Verdict.IN_PROGRESS)

    story.lab.make_fleet(git=None)
    gate = {"after": "nobody"}
    story.lab.cluster.kubectl("apply", "-n", TENANT, "-f", "-", stdin=a_policy(gate=gate))
    await until(story, Fleet=Verdict.CURRENT, UpdatePolicy=Verdict.FAILED)
    assert story.lab.condition("Reconciling") == {}
