"""What a tenant is surrounded by: the API server, what fleets connect to, what is known of releases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from controller.domain.catalog import Catalog
from controller.domain.exploited import Exploited
from controller.domain.receivers import Receiver
from controller.knowledge import Knowledge
from controller.metrics import Metrics
from controller.objects import Resource
from controller.ports import Cluster, Manifests, Mdm, Messenger, Recorder, Repository
from controller.receptions import Hook, Receptions


class Backends(Protocol):
    """Connects a fleet to its MDM and to its repository; a connection is kept while nothing changes."""

    async def mdm(self, fleet: Resource) -> Mdm:
        """The MDM that the spec names, with the credentials of this moment."""
        ...

    def hook(self, fleet: Resource) -> Hook | None:
        """How that MDM's events come, by the Secret as `mdm` read it last; None where they shall not."""
        ...

    async def repository(self, fleet: Resource) -> Repository:
        """The repository that the spec names, with the credentials of this moment."""
        ...

    def push_token(self, fleet: Resource) -> str:
        """What lets pushes in, by the Secret as `repository` read it last; empty where they shall not."""
        ...

    async def messenger(self, fleet: Resource, receiver: Receiver) -> Messenger:
        """What takes notifications to a receiver, with the Secret of this moment; close it afterwards."""
        ...

    async def forget(self, fleet: str) -> None:
        """Close what *namespace/name* was connected to."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all tenants of a process share. *outdated* says which kinds are served in an older version."""

    cluster: Cluster
    backends: Backends
    manifests: Manifests
    outdated: Callable[[], Sequence[str]]
    catalog: Callable[[], Knowledge[Catalog]]
    exploited: Callable[[], Knowledge[Exploited]]
    need_exploited: Callable[[str, bool], None]
    may_write: Callable[[], bool]
    clock: Callable[[], datetime]
    report_interval: timedelta
    metrics: Metrics
    receptions: Receptions
    recorder: Recorder
