"""Publish: what a commit changes in the cluster, and what it may not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from controller.adapters.manifests import ManifestReader
from controller.domain.fleets import Brake
from controller.ports import Commit, Rejected, Unauthorized, Unavailable
from controller.publish import Published, Publisher, Source
from tests.lab.fake_cluster import FakeCluster, applied

IT = "it"
SOURCE = Source(IT, "acme", prune=True, brake=Brake(percent=20, devices=2), allowance=0)
COMMIT, OWNER, RECONCILE = "pomona.dev/commit", "pomona.dev/git", "pomona.dev/reconcile"
OURS = {"labels": {OWNER: "acme"}}


def policy(name: str, days: int = 14, metadata: str = "") -> str:
    return f"""\
apiVersion: pomona.dev/v1alpha1
kind: UpdatePolicy
metadata: {{name: {name}{metadata}}}
spec: {{platform: macOS, selector: {{}}, target: {{latest: {{}}}}, deadline: {{days: {days}}}}}
"""


def device(name: str, labels: str = "") -> str:
    return f"""\
apiVersion: pomona.dev/v1alpha1
kind: Device
metadata: {{name: {name}, labels: {{{labels}}}}}
spec: {{enrollment: E-{name}}}
"""


@dataclass
class Remote:
    """A repository in memory; *error* is what it raises, *fetching* what only a fetch raises."""

    revision: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    error: Exception | None = None
    fetching: Exception | None = None
    fetched: list[str] = field(default_factory=list)

    def commit(self, revision: str, *documents: str) -> None:
        self.revision = f"main@sha1:{revision}"
        self.files = {f"{n}.yaml": document.encode() for n, document in enumerate(documents)}

    async def head(self) -> str:
        if self.error:
            raise self.error
        return self.revision

    async def fetch(self, revision: str) -> Commit:
        self.fetched.append(revision)
        if self.fetching:
            raise self.fetching
        return Commit(revision, self.files)

    async def close(self) -> None: ...


@dataclass
class World:
    """A cluster, a repository, and the publisher between them."""

    cluster: FakeCluster = field(default_factory=FakeCluster)
    remote: Remote = field(default_factory=Remote)
    source: Source = SOURCE

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.publisher = Publisher(self.cluster, ManifestReader())

    async def turn(self) -> Published:
        self.cluster.writes.clear()
        self.cluster.tries.clear()
        self.remote.fetched.clear()
        return await self.publisher.turn(self.source, self.remote)

    async def publish(self, revision: str, *documents: str) -> Published:
        self.remote.commit(revision, *documents)
        return await self.turn()

    def commit_of(self, kind: str, name: str) -> str:
        commit: str = self.cluster.find(IT, kind, name)["metadata"]["annotations"][COMMIT]
        return commit.removeprefix("main@sha1:")


@pytest.fixture
def world() -> World:
    return World()


async def test_a_commit_is_tried_then_applied_and_signed(world: World) -> None:
    published = await world.publish("a1", policy("canary"), device("mac"))
    assert published == Published("Applied", "main@sha1:a1 is applied", "main@sha1:a1", applied=2)
    assert published.ok
    assert applied(world.cluster.tries) == applied(world.cluster.writes) == ["canary", "mac"]
    metadata = world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]
    assert (metadata["namespace"], metadata["labels"]) == (IT, {OWNER: "acme"})
    assert metadata["annotations"] == {COMMIT: "main@sha1:a1"}


async def test_an_unchanged_head_costs_no_fetch_and_no_write(world: World) -> None:
    await world.publish("a1", policy("canary"), device("mac"))
    published = await world.turn()
    assert (published.ok, published.applied) == (True, 0)
    assert (world.remote.fetched, world.cluster.tries, world.cluster.writes) == ([], [], [])


async def test_a_restart_fetches_and_writes_nothing(world: World) -> None:
    await world.publish("a1", policy("canary"), device("mac", "ring: one"))
    world.restart()
    published = await world.turn()
    assert (published.ok, published.revision, published.applied) == (True, "main@sha1:a1", 0)
    assert (len(world.remote.fetched), world.cluster.tries, world.cluster.writes) == (1, [], [])


async def test_only_what_differs_is_tried_and_applied(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("rest"), device("mac"))
    published = await world.publish("b2", policy("canary", days=7), policy("rest"), device("mac"))
    assert published.applied == 1
    assert applied(world.cluster.tries) == applied(world.cluster.writes) == ["canary"]


async def test_the_commit_on_an_object_is_the_one_that_last_changed_it(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("rest"))
    await world.publish("b2", policy("canary", days=7), policy("rest"))
    world.restart()
    await world.publish("c3", policy("canary", days=7), policy("rest", days=7))
    await world.publish("d4", policy("canary", days=7), policy("rest", days=7), policy("new"))
    assert [world.commit_of("UpdatePolicy", name) for name in ("canary", "rest", "new")] == ["b2", "c3", "d4"]


async def test_drift_is_put_back_without_a_fetch_and_keeps_its_commit(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("rest"))
    await world.publish("b2", policy("canary"), policy("rest", days=7))
    world.cluster.find(IT, "UpdatePolicy", "canary")["spec"]["deadline"]["days"] = 99
    published = await world.turn()
    assert (published.applied, world.remote.fetched) == (1, [])
    assert world.cluster.find(IT, "UpdatePolicy", "canary")["spec"]["deadline"]["days"] == 14
    assert world.commit_of("UpdatePolicy", "canary") == "a1"


@pytest.mark.parametrize("kept", ["labels", "annotations"])
async def test_labels_and_annotations_of_git_are_put_back_and_others_stay(kept: str, world: World) -> None:
    await world.publish("a1", policy("canary", metadata=f", {kept}: {{team: mac}}"))
    metadata = world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]
    metadata[kept] |= {"team": "changed", "other": "stays"}
    await world.turn()
    metadata = world.cluster.find(IT, "UpdatePolicy", "canary")["metadata"]
    assert (metadata[kept]["team"], metadata[kept]["other"]) == ("mac", "stays")
    assert (await world.turn()).applied == 0


async def test_what_was_deleted_by_hand_is_made_again(world: World) -> None:
    await world.publish("a1", policy("canary"))
    await world.cluster.delete("UpdatePolicy", IT, "canary")
    assert (await world.turn()).applied == 1
    assert world.cluster.names(IT, "UpdatePolicy") == ["canary"]


async def test_a_label_that_git_takes_back_goes(world: World) -> None:
    await world.publish("a1", device("mac", "ring: canary"))
    await world.publish("b2", device("mac"))
    assert world.cluster.find(IT, "Device", "mac")["metadata"]["labels"] == {OWNER: "acme"}


async def test_a_label_that_git_took_back_while_nobody_looked_goes(world: World) -> None:
    await world.publish("a1", device("mac", "ring: canary"))
    world.restart()
    await world.publish("b2", device("mac"))
    assert world.cluster.find(IT, "Device", "mac")["metadata"]["labels"] == {OWNER: "acme"}


async def test_one_bad_file_and_nothing_is_applied(world: World) -> None:
    await world.publish("a1", policy("canary"))
    published = await world.publish("b2", policy("canary", days=7), policy("bad", days=999))
    assert (published.reason, published.revision) == ("InvalidManifests", "main@sha1:a1")
    assert published.message == "1.yaml:4: spec.deadline.days: found 999, expected at most 365"
    assert (world.cluster.tries, world.cluster.writes) == ([], [])


async def test_five_problems_are_told_and_the_others_counted(world: World) -> None:
    published = await world.publish("a1", *(policy(f"p{n}", days=999) for n in range(7)))
    assert len(published.message.splitlines()) == 6
    assert published.message.endswith("\nand 2 more")


async def test_what_the_api_server_refuses_is_found_before_anything_is_applied(world: World) -> None:
    world.cluster.refuses["bad"] = "exactly one key is expected"
    published = await world.publish("a1", policy("good"), policy("bad"))
    assert published.reason == "InvalidManifests"
    assert published.message == "1.yaml:1: spec: exactly one key is expected"
    assert world.cluster.writes == []


async def test_a_refused_commit_is_not_judged_again_until_the_head_moves(world: World) -> None:
    await world.publish("a1", policy("bad", days=999))
    again = await world.turn()
    assert (again.reason, world.remote.fetched) == ("InvalidManifests", [])
    assert (await world.publish("b2", policy("good"))).ok


async def test_what_the_api_server_refused_is_not_tried_again_until_something_is_another(
    world: World,
) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "old"}, **OURS)
    world.cluster.refuses["mac"] = "the enrollment of a Device cannot change; delete the Device"
    await world.publish("a1", device("mac"))
    again = await world.turn()
    assert (again.reason, world.remote.fetched, world.cluster.tries) == ("InvalidManifests", [], [])
    world.cluster.refuses.clear()
    await world.cluster.delete("Device", IT, "mac")
    assert (await world.turn()).ok


async def test_the_last_commit_counts_again_when_the_branch_goes_back_to_it(world: World) -> None:
    await world.publish("a1", policy("canary"))
    await world.publish("b2", policy("canary", days=999))
    published = await world.publish("a1", policy("canary"))
    assert (published.ok, published.applied) == (True, 0)


@pytest.mark.parametrize("labels", [{}, {OWNER: "another"}])
async def test_what_git_did_not_make_is_never_taken_over(labels: dict[str, str], world: World) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "E-mac"}, labels=labels)
    published = await world.publish("a1", policy("canary"), device("mac"))
    assert (published.reason, world.cluster.writes) == ("Conflict", [])
    assert published.message.startswith("1.yaml:1: Device mac exists, and this repository did not make it")


async def test_a_conflict_ends_when_the_object_is_gone_and_nothing_is_fetched_again(world: World) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "E-mac"})
    await world.publish("a1", device("mac"))
    await world.cluster.delete("Device", IT, "mac")
    published = await world.turn()
    assert (published.ok, world.remote.fetched) == (True, [])


async def test_what_git_has_no_more_is_pruned_last(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("old"), device("mac"))
    published = await world.publish("b2", policy("canary"), policy("new"))
    assert (published.applied, published.pruned) == (1, 2)
    assert world.cluster.writes == ["apply UpdatePolicy new", "delete Device mac", "delete UpdatePolicy old"]


async def test_what_git_did_not_bring_is_never_pruned(world: World) -> None:
    world.cluster.put(IT, "Device", "registered", {"enrollment": "E1"})
    world.cluster.put(IT, "Device", "others", {"enrollment": "E2"}, labels={OWNER: "another"})
    assert (await world.publish("a1", policy("canary"))).pruned == 0


async def test_without_prune_nothing_is_removed(world: World) -> None:
    world.source = replace(SOURCE, prune=False)
    await world.publish("a1", policy("canary"), policy("old"))
    published = await world.publish("b2", policy("canary"))
    assert (published.pruned, world.cluster.names(IT, "UpdatePolicy")) == (0, ["canary", "old"])


async def test_what_is_marked_is_left_alone(world: World) -> None:
    await world.publish("a1", policy("canary"), policy("pruned"))
    for name in ("canary", "pruned"):
        found = world.cluster.find(IT, "UpdatePolicy", name)
        found["metadata"]["annotations"][RECONCILE] = "disabled"
        found["spec"]["deadline"]["days"] = 99
    published = await world.publish("b2", policy("canary", days=7))
    assert (published.ok, published.applied, published.pruned, world.cluster.writes) == (True, 0, 0, [])


async def test_what_others_made_and_marked_is_no_conflict(world: World) -> None:
    world.cluster.put(IT, "Device", "mac", {"enrollment": "other"}, annotations={RECONCILE: "disabled"})
    published = await world.publish("a1", device("mac"), policy("canary"))
    assert (published.ok, applied(world.cluster.writes)) == (True, ["canary"])


@pytest.mark.parametrize("documents", [(), ("# nothing\n",)])
async def test_an_empty_commit_removes_nothing(documents: tuple[str, ...], world: World) -> None:
    await world.publish("a1", policy("canary"))
    published = await world.publish("b2", *documents)
    assert (published.reason, published.revision) == ("Empty", "main@sha1:a1")
    assert world.cluster.names(IT, "UpdatePolicy") == ["canary"]


async def three_of_five_devices_go(world: World) -> Published:
    await world.publish("a1", *(device(f"mac{n}") for n in range(5)))
    return await world.publish("b2", device("mac0"), device("mac1"), policy("canary"))


async def test_too_many_devices_are_not_removed_and_nothing_is_applied(world: World) -> None:
    published = await three_of_five_devices_go(world)
    assert (published.reason, published.revision) == ("Brake", "main@sha1:a1")
    assert "would remove 3 of 5 Devices" in published.message
    assert 'pomona.dev/allow-withdrawals="3"' in published.message
    assert (world.cluster.tries, world.cluster.writes) == ([], [])


@pytest.mark.parametrize("brake", [Brake(percent=20, devices=3), Brake(percent=60, devices=0)])
async def test_the_larger_of_number_and_percentage_counts(brake: Brake, world: World) -> None:
    world.source = replace(SOURCE, brake=brake)
    published = await three_of_five_devices_go(world)
    assert (published.ok, published.pruned, published.allowance_used) == (True, 3, False)


async def test_a_person_can_allow_it_and_nothing_is_fetched_again(world: World) -> None:
    await three_of_five_devices_go(world)
    world.source = replace(SOURCE, allowance=2)
    assert (await world.turn()).reason == "Brake"
    world.source = replace(SOURCE, allowance=3)
    published = await world.turn()
    assert (published.ok, published.pruned, published.allowance_used) == (True, 3, True)
    assert world.remote.fetched == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Unauthorized("not let in"), "Unauthorized"),
        (Unavailable("no route"), "Unreachable"),
        (Rejected("no branch"), "Refused"),
    ],
)
@pytest.mark.parametrize("failing", [lambda error: Remote(error=error), lambda error: Remote(fetching=error)])
async def test_errors_of_the_repository_are_reasons(
    failing: Callable[[Exception], Remote], error: Exception, reason: str, world: World
) -> None:
    await world.publish("a1", policy("canary"))
    world.remote = failing(error)
    published = await world.publish("b2", policy("canary", days=7))
    assert (published.reason, published.message) == (reason, str(error))
    assert (published.revision, world.cluster.writes) == ("main@sha1:a1", [])


async def test_an_unreachable_repository_is_asked_again_and_a_hostile_one_is_not(world: World) -> None:
    world.remote.fetching = Unavailable("no route")
    await world.publish("a1", policy("canary"))
    await world.turn()
    assert len(world.remote.fetched) == 1
    world.remote.fetching = Rejected("too large")
    await world.turn()
    assert ((await world.turn()).reason, world.remote.fetched) == ("Refused", [])


async def test_an_api_server_that_does_not_answer_is_the_callers(world: World) -> None:
    world.cluster.down = True
    with pytest.raises(Unavailable):
        await world.publish("a1", policy("canary"))
    world.cluster.down = False
    published = await world.turn()
    assert (published.ok, published.applied) == (True, 1)


async def test_another_repository_of_the_same_revision_is_read_anew(world: World) -> None:
    await world.publish("a1", policy("canary"))
    world.remote = Remote()
    published = await world.publish("a1", policy("other"))
    assert (published.ok, world.cluster.names(IT, "UpdatePolicy")) == (True, ["other"])
