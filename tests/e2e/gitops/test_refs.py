"""What a Fleet follows in its repository, and whose commits it takes."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.days.story import a_policy
from tests.e2e.gitops.teams import Team
from tests.lab.lab import TENANT
from tests.lab.signing import ssh_signing


async def test_a_tag_is_followed_and_then_a_range_of_versions(team: Team) -> None:
    repository = team.story.lab.repository
    released = team.story.commit({"policy.yaml": a_policy(priority=1)})
    repository.tag("v1.0.0")
    later = team.story.commit({"policy.yaml": a_policy(priority=2)})
    team.make_fleet(ref={"tag": "v1.0.0"})
    await team.until_applied(released, "v1.0.0")
    assert team.get("upol", "macs")["spec"]["priority"] == 1

    team.make_fleet(ref={"semver": "1.x"})
    await team.until_applied(released, "v1.0.0")
    repository.tag("v1.1.0")
    await team.ask_now()
    await team.until_applied(later, "v1.1.0")
    assert team.get("upol", "macs")["spec"]["priority"] == 2


async def test_a_commit_is_followed_for_good(team: Team) -> None:
    pinned = team.story.commit({"policy.yaml": a_policy(priority=1)})
    team.story.commit({"policy.yaml": a_policy(priority=2)})
    team.make_fleet(ref={"commit": pinned})
    await team.story.until(lambda: team.status()["commit"] == f"sha1:{pinned}", "it is applied")
    assert team.get("upol", "macs")["spec"]["priority"] == 1


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="the program ssh-keygen is not installed")
async def test_only_signed_commits_are_applied(team: Team, tmp_path: Path) -> None:
    ada, bob = ssh_signing(tmp_path / "ada"), ssh_signing(tmp_path / "bob")
    cluster, repository = team.story.lab.cluster, team.story.lab.repository
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "signers", "namespace": TENANT}}
    cluster.apply(secret | {"stringData": {"ada": ada.public}})
    before = team.status()["commit"]

    team.make_fleet(verify={"secretRef": {"name": "signers"}})
    message = await team.story.until_condition("GitSynced", "False", "Unverified")
    assert "it is not signed" in message
    repository.commit("by bob", {"policies/policy.yaml": a_policy(priority=1)}, signing=bob.options)
    await team.ask_now()
    assert team.git_synced()[0] == "Unverified"
    assert team.status()["commit"] == before

    signed = repository.commit("by ada", {"policies/policy.yaml": a_policy(priority=2)}, signing=ada.options)
    await team.ask_now()
    await team.until_applied(signed)
    assert team.get("upol", "macs")["spec"]["priority"] == 2

    cluster.apply(secret | {"stringData": {"ada": "no key"}})
    await team.ask_now()
    await team.story.until_condition("GitSynced", "False", "Unverified")
