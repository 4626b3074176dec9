"""A Fleet with a repository, both in memory, and its tenant."""

from collections.abc import Mapping
from typing import Any

from controller.objects import Resource
from controller.receptions import Door, Reception, Receptions
from controller.surroundings import Surroundings
from tests.flows.publishing import Remote
from tests.flows.tenants import OneMdm, a_tenant
from tests.lab.fake_cluster import Document, FakeCluster
from tests.lab.fake_mdm import FakeMdm

NAME = "acme"

GIT = {"url": "https://git.acme.example/updates.git", "ref": {"branch": "main"}, "interval": "24h"}


class OneRemote(OneMdm):
    """Connects every fleet to one MDM and one repository, by the Secret `git` where the Fleet names it."""

    def __init__(self, mdm: FakeMdm, cluster: FakeCluster) -> None:
        super().__init__(mdm)
        self.origin = Remote()
        self._cluster = cluster
        self._token = ""

    async def repository(self, fleet: Resource) -> Remote:
        self._token = ""
        named = "secretRef" in fleet.spec["git"]
        secret = await self._cluster.secret(fleet.namespace, "git") if named else {}
        self._token = secret.get("pushToken", "")
        return self.origin

    def push_token(self, fleet: Resource) -> str:
        return self._token


class Site:
    """A namespace with a Fleet that has a repository, which is asked once a day unless told to."""

    def __init__(self, **git: Any) -> None:
        self.cluster, self.mdm = FakeCluster(), FakeMdm()
        mdm = {"nanohub": {"url": "x", "secretRef": {"name": "x"}}}
        self.cluster.put(NAME, "Fleet", NAME, {"mdm": mdm, "git": GIT | git})
        self.cluster.secrets[NAME, "git"] = {"pushToken": "token"}
        self.backends = OneRemote(self.mdm, self.cluster)
        self.restart()

    @property
    def remote(self) -> Remote:
        return self.backends.origin

    @property
    def around(self) -> Surroundings:
        return self.tenant.around

    @property
    def fleet(self) -> Document:
        return self.cluster.find(NAME, "Fleet", NAME)

    def restart(self) -> None:
        self.receptions = Receptions()
        self.tenant = a_tenant(self.cluster, self.mdm, backends=self.backends, receptions=self.receptions)

    async def turn(self) -> int:
        """A turn after a Fleet or policy changed; how often the repository was asked in it."""
        self.tenant.ring()
        return await self.wake()

    async def wake(self) -> int:
        """A turn when nothing of the cluster rang."""
        before = self.remote.asked
        await self.tenant.turn()
        return self.remote.asked - before

    def annotate(self, key: str, text: str) -> None:
        self.fleet["metadata"].setdefault("annotations", {})[key] = text

    def change(self, **git: Any) -> None:
        """A person changes the Fleet."""
        self.fleet["spec"]["git"] |= git

    def reception(self, token: str = "token") -> Reception | None:
        return self.receptions.find(Door.PUSH, f"{NAME}/{NAME}", token)

    def condition(self, kind: str) -> Mapping[str, str]:
        listed = self.fleet["status"].get("conditions", ())
        return next((condition for condition in listed if condition["type"] == kind), {})
