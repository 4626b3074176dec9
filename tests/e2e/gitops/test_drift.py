"""Somebody edits what Git brought: it is put back, and told who that was."""

from tests.e2e.days.story import a_device, mac
from tests.e2e.gitops.teams import Team
from tests.lab.lab import TENANT

ONE = mac(1).name


async def test_an_edit_is_put_back_and_told(team: Team) -> None:
    before = team.story.wanted()
    team.patch("upol", "macs", "alice", spec={"priority": 99})
    await team.ask_now()
    assert team.get("upol", "macs")["spec"]["priority"] == 0
    await team.story.until_logged("acme/acme: put back: alice changed spec.priority of UpdatePolicy macs")
    commits = {name: commit for name, (_, _, commit) in team.story.wanted().items()}
    assert commits == {name: commit for name, (_, _, commit) in before.items()}
    await team.ask_now()
    assert team.log().count("acme/acme: put back") == 1
    told = team.story.lab.cluster.kubectl("events", "--for", "updatepolicy/macs", "-n", TENANT)
    assert "DriftReverted" in told
    assert "alice changed spec.priority" in told


async def test_an_edit_while_no_operator_runs_is_told_as_well(team: Team) -> None:
    team.story.lab.operators[-1].kill()
    team.patch("device", ONE, "bob", spec={"model": "Mac1,1"})
    team.story.lab.cluster.kubectl("delete", "upol", "macs", "-n", TENANT)
    team.story.lab.start_operator()
    await team.story.until_logged("put back: ")
    assert f"bob changed spec.model of Device {ONE}; somebody deleted UpdatePolicy macs" in team.log()
    assert "model" not in team.get("device", ONE)["spec"]


async def test_a_commit_while_no_operator_runs_is_no_drift(team: Team) -> None:
    team.story.lab.operators[-1].kill()
    commit = team.story.commit({"one.yaml": a_device(mac(1), ring="one")})
    team.story.lab.start_operator()
    await team.until_applied(commit)
    assert team.get("device", ONE)["metadata"]["labels"]["ring"] == "one"
    assert "put back" not in team.log()


async def test_what_is_left_alone_is_put_right_and_pruned_only_afterwards(team: Team) -> None:
    team.annotate("upol", "macs", "pomona.dev/reconcile=disabled")
    team.annotate("device", ONE, "pomona.dev/reconcile=disabled")
    team.patch("upol", "macs", "alice", spec={"priority": 99})
    commit = team.story.commit({"one.yaml": None})
    await team.ask_now()
    await team.until_applied(commit)
    assert team.get("upol", "macs")["spec"]["priority"] == 99
    assert f"Device/{ONE}" in team.story.wanted()

    team.annotate("upol", "macs", "pomona.dev/reconcile-")
    team.annotate("device", ONE, "pomona.dev/reconcile-")
    await team.ask_now()
    assert team.get("upol", "macs")["spec"]["priority"] == 0
    await team.story.until(lambda: f"Device/{ONE}" not in team.story.wanted(), "it is pruned")
