"""A cluster and a repository in memory, and the publisher between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.adapters.manifests import ManifestReader
from controller.domain.fleets import Brake
from controller.objects import Commit
from controller.publish import Published, Publisher, Source
from tests.lab.fake_cluster import FakeCluster

IT = "it"
SOURCE = Source(IT, "acme", prune=True, brake=Brake(percent=20, devices=2), allowance=0)
COMMIT, OWNER, RECONCILE = "pomona.dev/commit", "pomona.dev/git", "pomona.dev/reconcile"


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
    """A repository in memory; *error* is what it raises, *fetching* what only a fetch raises.

    *asked* is how often it was asked for its head.
    """

    revision: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    error: Exception | None = None
    fetching: Exception | None = None
    fetched: list[str] = field(default_factory=list)
    asked: int = 0

    def commit(self, revision: str, *documents: str) -> None:
        self.revision = f"main@sha1:{revision}"
        self.files = {f"{n}.yaml": document.encode() for n, document in enumerate(documents)}

    async def head(self) -> str:
        self.asked += 1
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
