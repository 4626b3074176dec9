"""A tenant with one MDM and no repository."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from controller.adapters.manifests import ManifestReader
from controller.domain.catalog import Catalog
from controller.domain.exploited import Exploited
from controller.domain.receivers import Receiver
from controller.knowledge import Knowledge
from controller.metrics import Metrics
from controller.objects import Resource
from controller.ports import Recorder, Rejected, Repository
from controller.receptions import Hook, Receptions
from controller.subjects import CATALOG, EXPLOITED
from controller.surroundings import Surroundings
from controller.tenant import Tenant
from tests.domain.builders import a_catalog
from tests.lab.fake_cluster import FakeCluster
from tests.lab.fake_mdm import FakeMdm
from tests.lab.fake_news import FakeMessenger, FakeRecorder

NOW = datetime(2025, 8, 25, 12, tzinfo=UTC)


class OneMdm:
    """Connects every fleet to one MDM, and to one repository if there is one."""

    def __init__(self, mdm: FakeMdm) -> None:
        self._mdm = mdm
        self.webhook: Hook | None = None
        self.remote: Repository | None = None
        self.messengers: dict[Receiver, FakeMessenger] = {}

    async def mdm(self, fleet: Resource) -> FakeMdm:
        return self._mdm

    def hook(self, fleet: Resource) -> Hook | None:
        return self.webhook

    async def repository(self, fleet: Resource) -> Repository:
        if self.remote is None:
            raise Rejected(f"{fleet.key} has no repository")
        return self.remote

    def push_token(self, fleet: Resource) -> str:
        return ""

    async def messenger(self, fleet: Resource, receiver: Receiver) -> FakeMessenger:
        return self.messengers.setdefault(receiver, FakeMessenger())

    async def forget(self, fleet: str) -> None: ...


def needs_nothing(_fleet: str, _needed: bool) -> None: ...


def a_tenant(
    cluster: FakeCluster,
    mdm: FakeMdm,
    *,
    namespace: str = "acme",
    may_write: bool = True,
    outdated: Sequence[str] = (),
    catalog: Callable[[], Knowledge[Catalog]] = lambda: Knowledge(CATALOG.words, a_catalog(), NOW),
    exploited: Callable[[], Knowledge[Exploited]] = lambda: Knowledge(EXPLOITED.words, Exploited()),
    need_exploited: Callable[[str, bool], None] = needs_nothing,
    clock: Callable[[], datetime] = lambda: NOW,
    backends: OneMdm | None = None,
    receptions: Receptions | None = None,
    recorder: Recorder | None = None,
) -> Tenant:
    """The tenant of the Fleet `acme`."""
    around = Surroundings(
        cluster,
        backends or OneMdm(mdm),
        ManifestReader(),
        lambda: outdated,
        catalog,
        exploited,
        need_exploited,
        lambda: may_write,
        clock,
        timedelta(minutes=10),
        Metrics(),
        receptions or Receptions(),
        recorder or FakeRecorder(),
    )
    return Tenant(namespace, "acme", around)
