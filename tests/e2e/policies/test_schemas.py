"""The CRDs of another version come to the cluster while the operator runs."""

import copy
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from controller import crds
from tests.e2e.days.story import Story, a_policy, mac
from tests.e2e.policies.showing import status, until_said, until_shown
from tests.lab.cluster import KubectlFailed
from tests.lab.lab import TENANT
from tests.lab.processes import free_port

MAC = mac(1)


@pytest.fixture
async def story(story: Story) -> AsyncIterator[Story]:
    """In the end ours are there again, whatever happened."""
    yield story
    story.lab.cluster.apply(*crds.load())


def with_deadlines(change: Callable[[dict[str, Any]], Any]) -> list[Any]:
    """Our CRDs, but for the fields of a policy's deadline."""
    definitions = copy.deepcopy(list(crds.load()))
    for definition in definitions:
        if definition["spec"]["names"]["kind"] == "UpdatePolicy":
            schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            change(schema["properties"]["spec"]["properties"]["deadline"]["properties"])
    return definitions


def apply(story: Story, text: str) -> bool:
    """Apply a manifest; False while the API server does not know one of its fields."""
    try:
        story.lab.cluster.kubectl("apply", "-n", TENANT, "-f", "-", stdin=text)
    except KubectlFailed as error:
        if "unknown field" in str(error):
            return False
        raise
    return True


def readiness(port: int) -> tuple[int, str]:
    """What a probe is told."""
    answer = httpx.get(f"http://127.0.0.1:{port}/readyz")
    return answer.status_code, answer.text.strip()


async def test_older_ones_stop_everything_until_ours_are_there_again(story: Story) -> None:
    port = free_port()
    await story.begin_without_git([MAC], "--metrics-listen", f"127.0.0.1:{port}")
    await story.until_each_has_its_own([MAC])

    story.lab.cluster.apply(*with_deadlines(lambda fields: fields.pop("spreadDays")))
    message = await story.until_condition("Ready", "False", "CRDOutdated")
    found = "UpdatePolicy is served without spec.deadline.spreadDays: apply the CRDs of this version"
    assert message == found
    assert readiness(port) == (503, found)

    before = story.enforcements(MAC), story.ours()
    apply(story, a_policy(detailsURL="https://it.acme.example"))
    story.lab.make_fleet(git=None, suspend=False, brake={"percent": 30, "devices": 10})
    generation = story.lab.fleet()["metadata"]["generation"]
    await story.until(
        lambda: story.lab.fleet()["status"]["observedGeneration"] == generation, "the change is seen"
    )
    assert before == (story.enforcements(MAC), story.ours())
    await story.until_condition("Ready", "False", "CRDOutdated")

    story.lab.cluster.apply(*crds.load())
    await story.until_condition("Ready", "True", "Reconciled")
    await story.until(lambda: "DetailsURL" in str(story.enforcements(MAC)), "all goes on")
    assert readiness(port)[0] == 200


async def test_a_field_of_a_newer_one_is_not_ignored(story: Story) -> None:
    await story.begin_without_git([MAC])
    await story.until_each_has_its_own([MAC])
    before = story.enforcements(MAC)

    story.lab.cluster.apply(*with_deadlines(lambda fields: fields.update(snoozeDays={"type": "integer"})))
    newer = a_policy(deadline={"days": 0, "noticeDays": 9, "snoozeDays": 2})
    await story.until(lambda: apply(story, newer), "the API server knows the field")

    shown = await until_said(
        story, MAC, "spec.deadline.snoozeDays is not a field that this version of Pomona knows"
    )
    assert shown["reason"] == "InvalidPolicy"
    conditions = {c["type"]: c for c in status(story, "updatepolicy", "macs")["conditions"]}
    assert (conditions["Ready"]["status"], conditions["Ready"]["reason"]) == ("False", "InvalidSpec")
    assert conditions["Stalled"]["status"] == "True"
    assert before == story.enforcements(MAC)
    assert story.holds(MAC)

    story.lab.cluster.apply(*crds.load())
    apply(story, a_policy())
    await until_shown(story, MAC, "Enforced", "26.2", "Prepared")
