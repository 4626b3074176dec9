"""A commit that cannot be: nothing of it is applied, and the last one stands."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.days.story import Story, a_device, a_policy, mac, telling
from tests.lab.lab import Lab

GOOD = a_policy()


@pytest.fixture
async def story(one_slate: Lab) -> AsyncIterator[Story]:
    async with telling(one_slate) as story:
        if not story.lab.operators:
            await story.begin([mac(1)])
        story.commit({"bad.yaml": None, "also-good.yaml": None})
        await story.until_condition("GitSynced", "True", "Applied")
        yield story


@pytest.mark.parametrize(
    ("files", "reason", "said"),
    [
        pytest.param(
            {"bad.yaml": GOOD.replace("days: 0", "dayz: 0").replace("name: macs", "name: bad")},
            "InvalidManifests",
            ["policies/bad.yaml:", "spec.deadline.dayz"],
            id="a typo in a field",
        ),
        pytest.param(
            {"bad.yaml": a_policy("bad", target={"latest": {}, "none": {}})},
            "InvalidManifests",
            ["policies/bad.yaml:", "spec.target", "exactly one"],
            id="a union of two keys",
        ),
        pytest.param(
            {"bad.yaml": a_policy("bad", target={"exact": {"version": "15.x"}})},
            "InvalidManifests",
            ["policies/bad.yaml:", "spec.target.exact.version", "15.x"],
            id="a bad version",
        ),
        pytest.param(
            {"bad.yaml": GOOD},
            "InvalidManifests",
            ["UpdatePolicy macs", "policies/bad.yaml:", "policies/policy.yaml:"],
            id="a duplicate name",
        ),
        pytest.param(
            {"bad.yaml": "kind: UpdatePolicy\n  metadata: {"},
            "InvalidManifests",
            ["policies/bad.yaml:2", "YAML"],
            id="YAML that does not parse",
        ),
        pytest.param(
            {"bad.yaml": "#" * 5_000_000}, "Refused", ["policies/bad.yaml", "5000000"], id="a file of 5 MB"
        ),
        pytest.param(
            {"bad.yaml": a_device(mac(9)).replace("metadata:", "metadata:\n  namespace: other")},
            "InvalidManifests",
            ["policies/bad.yaml:", "metadata.namespace", "other"],
            id="a foreign namespace",
        ),
        pytest.param(
            {"bad.yaml": a_policy("bad", target={"latest": {"major": 0}})},
            "InvalidManifests",
            ["policies/bad.yaml:", "spec.target.latest.major"],
            id="a number out of bounds",
        ),
    ],
)
async def test_nothing_is_applied_and_file_line_and_message_are_named(
    story: Story, files: dict[str, str], reason: str, said: list[str]
) -> None:
    before, commit = story.wanted(), story.lab.fleet()["status"]["commit"]

    story.commit({**files, "also-good.yaml": a_policy("also-good")})
    message = await story.until_condition("GitSynced", "False", reason)

    assert [text for text in said if text not in message] == []
    assert story.lab.fleet()["status"]["commit"] == commit
    assert before == story.wanted()


async def test_an_empty_path_removes_nothing(story: Story) -> None:
    before = story.wanted()
    story.commit({"policy.yaml": None, "devices.yaml": None})
    message = await story.until_condition("GitSynced", "False", "Empty")
    assert "nothing is removed" in message
    assert before == story.wanted()

    story.commit({"policy.yaml": GOOD, "devices.yaml": a_device(mac(1))})
    await story.until_condition("GitSynced", "True", "Applied")


async def test_what_git_has_no_more_is_pruned(story: Story) -> None:
    story.commit({"second.yaml": a_policy("second", priority=-1)})
    await story.until(lambda: "UpdatePolicy/second" in story.wanted(), "the second policy")
    story.commit({"second.yaml": None})
    await story.until(lambda: "UpdatePolicy/second" not in story.wanted(), "the second policy is gone")
    assert "UpdatePolicy/macs" in story.wanted()
