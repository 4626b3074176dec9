"""Files move, branches change, prune goes off and on: what stays the same is not touched."""

import yaml

from tests.e2e.days.story import Story, a_device, a_policy, mac
from tests.e2e.gitops.teams import FILES, Team
from tests.lab.lab import TENANT
from tests.lab.repository import Repository


async def test_files_that_move_and_comments_touch_nothing_but_the_fleet(team: Team) -> None:
    before = team.story.versions()
    commits = team.story.lab.repository
    moves = {f"policies/{name}": None for name in FILES} | {f"policies/it/{n}": t for n, t in FILES.items()}
    for files in (moves, {"README.md": "# why"}, {"policies/it/policy.yaml": f"# why\n{a_policy()}"}):
        commit = commits.commit("moved", files)
        await team.ask_now()
        await team.until_applied(commit)
    moved = dict(before.items() ^ team.story.versions().items())
    assert set(moved) == {f"Fleet/{TENANT}", "ConfigMap/pomona-told"}


async def test_another_path_keeps_the_objects_that_are_in_both(team: Team) -> None:
    before = team.story.wanted()
    files = {"other/policy.yaml": a_policy(), "other/one.yaml": a_device(mac(1))}
    commit = team.story.lab.repository.commit("another folder", files)
    team.make_fleet(path="other")
    await team.until_applied(commit)
    kept = {key: found for key, found in before.items() if key != f"Device/{mac(2).name}"}
    await team.story.until(lambda: team.story.wanted() == kept, "what both have stays as it was")


async def test_another_branch_is_applied_as_far_as_it_differs(team: Team) -> None:
    before, repository = team.story.wanted(), team.story.lab.repository
    same = team.status()["commit"].rpartition(":")[2]
    repository.point("same", same)
    team.make_fleet(ref={"branch": "same"})
    await team.until_applied(same, "same")
    assert team.story.wanted() == before

    later = team.story.commit({"policy.yaml": a_policy(priority=5)})
    repository.point("later", later)
    team.make_fleet(ref={"branch": "later"})
    await team.until_applied(later, "later")
    uid, generation, commit = team.story.wanted()["UpdatePolicy/macs"]
    assert (uid, generation, commit) == (before["UpdatePolicy/macs"][0], 2, f"later@sha1:{later}")
    assert "put back" not in team.log()


async def test_a_branch_that_is_missing_is_followed_once_it_is_there(team: Team) -> None:
    before = team.story.wanted()
    team.make_fleet(ref={"branch": "next"})
    message = await team.story.until_condition("GitSynced", "False", "Refused")
    assert "has no branch 'next'" in message
    assert team.story.wanted() == before
    head = team.status()["commit"].rpartition(":")[2]
    team.story.lab.repository.point("next", head)
    await team.ask_now()
    await team.until_applied(head, "next")


async def test_a_push_by_force_to_an_older_commit_is_followed(team: Team) -> None:
    first = team.status()["commit"].rpartition(":")[2]
    later = team.story.commit({"policy.yaml": a_policy(priority=5)})
    await team.ask_now()
    await team.until_applied(later)
    team.story.lab.repository.point("main", first)
    await team.ask_now()
    await team.until_applied(first)
    assert team.get("upol", "macs")["spec"]["priority"] == 0
    assert "put back" not in team.log()


async def test_an_empty_repository_is_followed_once_it_has_a_commit(team: Team) -> None:
    folder = team.story.lab.folder / "empty"
    folder.mkdir()
    repository = Repository(folder)
    team.make_fleet(url=repository.url)
    await team.story.until_condition("GitSynced", "False", "Refused")
    before = team.story.wanted()
    commit = repository.commit("the same", {f"policies/{name}": text for name, text in FILES.items()})
    await team.ask_now()
    await team.until_applied(commit)
    assert team.story.wanted() == before


async def test_prune_goes_off_and_on(team: Team) -> None:
    team.make_fleet(prune=False)
    commit = team.story.commit({"two.yaml": None})
    await team.ask_now()
    await team.until_applied(commit)
    assert team.get("device", mac(2).name)["metadata"]["labels"] == {"pomona.dev/git": TENANT}
    team.make_fleet(prune=True)
    await team.story.until(lambda: f"Device/{mac(2).name}" not in team.story.wanted(), "it is pruned")


async def test_the_brake_holds_a_prune_until_it_is_allowed_once(story: Story) -> None:
    team = Team(story)
    many = {f"d{n}.yaml": a_device(mac(n)) for n in range(20, 32)}
    story.commit(many)
    await team.begin()
    story.commit(dict.fromkeys(many))
    await team.ask_now()
    reason, message = team.git_synced()
    assert (reason, "would remove 12 of 14 Devices" in message) == ("Brake", True)
    assert len(story.wanted()) == 15

    team.annotate("fleet", TENANT, "pomona.dev/allow-withdrawals=12")
    await story.until_condition("GitSynced", "True", "Applied")
    await story.until(lambda: len(story.wanted()) == 3, "they are pruned")
    assert team.status()["lastHandledAllowance"] == "12"


async def test_a_conflict_is_named_and_adopted_with_the_label(team: Team) -> None:
    document = yaml.safe_load(a_device(mac(3)))
    document["metadata"]["namespace"] = TENANT
    team.story.lab.cluster.apply(document)
    commit = team.story.commit({"three.yaml": "# mine\n" + a_device(mac(3), ring="one")})
    await team.ask_now()
    reason, message = team.git_synced()
    assert (reason, message.split(": ")[0]) == ("Conflict", "policies/three.yaml:2")
    assert f"Device {mac(3).name} exists" in message
    team.story.lab.cluster.kubectl("label", "device", mac(3).name, "-n", TENANT, f"pomona.dev/git={TENANT}")
    await team.ask_now()
    await team.until_applied(commit)
    assert team.get("device", mac(3).name)["metadata"]["labels"]["ring"] == "one"


async def test_a_fleet_that_gives_up_its_repository_keeps_what_that_brought(team: Team) -> None:
    before = team.story.wanted()
    team.story.lab.make_fleet(suspend=True, git=None)
    await team.story.until(lambda: "commit" not in team.status(), "no commit is named any more")
    assert team.story.lab.condition("GitSynced") == {}
    assert team.story.wanted() == before
    assert team.get("upol", "macs")["metadata"]["labels"] == {"pomona.dev/git": TENANT}
