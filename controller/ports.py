"""What the flows ask of the outside world, in our words; adapters translate.

Two errors cross this line, named by what to do next: `Unavailable` and `Rejected`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from controller.domain.declarations import Declaration, Promise
from controller.domain.devices import Labels
from controller.domain.news import Item
from controller.domain.registering import NewDevice
from controller.domain.reports import Ours, Report
from controller.objects import Commit, Manifest, Member, Notification, Problem, Reference, Resource


class Unavailable(Exception):
    """The other side did not answer, or not now; the same request may work later.

    *wait* is for how many seconds it is left alone: it asked for that, and so it *throttled* us, or it failed
    too often.
    """

    def __init__(self, message: str, wait: float = 0.0, *, throttled: bool = False) -> None:
        super().__init__(message)
        self.wait = wait
        self.throttled = throttled


class Unwoken(Unavailable):
    """The other side took what it shall tell a device and could not wake it; it learns when it connects."""


class Rejected(Exception):
    """The other side answered no; the same request will not work until something changes."""


class Unauthorized(Rejected):
    """The other side does not accept our credentials."""


class Unverified(Rejected):
    """A commit is not signed by one of the keys whose signatures are good, or there is no such key."""


#: What went wrong, by enrollment; who is absent had no failure.
Failures = Mapping[str, Unavailable | Rejected]


_Read = TypeVar("_Read", covariant=True)


class Readable(Protocol[_Read]):
    """What gives one kind of readings: Apple's software lookup service, or a mirror."""

    async def read(self) -> _Read:
        """Ask once. `Unavailable` when no answer came or it has not the form of one."""
        ...


class Mdm(Protocol):
    """One MDM server, as one fleet sees it. Touches nothing that is not the fleet's own.

    Every method that takes enrollments answers for each of them: one device's failure is that device's
    failure. `Unavailable` or `Unauthorized` is raised where the server as a whole does not work.
    """

    @property
    def ours(self) -> Ours:
        """How the identifiers of this fleet's configurations begin."""
        ...

    async def promises(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        """What is in force of ours, by enrollment: for these, and for all others that are remembered.

        Enrollments that were not asked for before are read from the server, and all of them anew when the
        server has lost something of ours. A device found under two declarations has the earlier deadline.
        """
        ...

    async def enforce(self, declaration: Declaration, enrollments: Collection[str]) -> Failures:
        """Put *declaration* in force in the place of what was; nobody is told yet."""
        ...

    async def withdraw(self, enrollments: Collection[str]) -> Failures:
        """Take back what is in force of ours; nobody is told yet."""
        ...

    def in_force(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        """What is in force on these, as far as it is remembered; no request."""
        ...

    async def renew(self, enrollments: Collection[str]) -> Failures:
        """These enrolled anew: what is in force of ours is taken back; what was queued for them is lost."""
        ...

    async def subscribe(self, items: Mapping[str, frozenset[str] | None]) -> Failures:
        """See to it that devices are asked for these status items, by enrollment; nobody is told yet.

        None where nobody knows yet what the device supports: it is asked for `BASE`, unless it is asked for
        something already. Costs nothing for those that are known to be asked.
        """
        ...

    def subscription(self, enrollment: str) -> str:
        """The identifier of the subscription that the device is in, as it reports it; empty where unknown."""
        ...

    async def enforces(self, identifier: str, token: str) -> bool:
        """Is this configuration, which is not ours, an enforcement? Asked once for each server token."""
        ...

    async def tell(self, enrollments: Collection[str]) -> Failures:
        """Make the devices fetch what changed for them; each is told once, however often it is named."""
        ...

    async def clear(self, wanted: Collection[Declaration], known: Collection[str]) -> None:
        """Leave nothing of ours behind.

        Declarations that are not *wanted* and have no known member are removed, and members that we no longer
        know are told; enrollments that are not *known* any more are not asked for reports any more.
        """
        ...

    async def retire(self, enrollments: Collection[str]) -> Failures:
        """Take back everything of ours, and tell whoever had it; nothing of ours stays on the server.

        It reaches those whom nobody knows any more, too; what is in force on others than ours stays.
        `Unavailable` or `Rejected` where that could not be done, and the same can be asked again.
        """
        ...

    async def reports(self, enrollment: str, after: str) -> Sequence[Report]:
        """The stored reports that came after the one with id *after*, oldest first.

        With an empty *after*, or one that is not stored any more: from the newest full report on.
        """
        ...


class Notes(Protocol):
    """Small texts that survive a restart: ConfigMaps of one namespace."""

    async def recall(self, name: str) -> Mapping[str, str]:
        """What `remember` wrote under this name; empty when nothing was."""
        ...

    async def remember(self, name: str, entries: Mapping[str, str]) -> None:
        """Keep these texts under this name."""
        ...


class Cluster(Protocol):
    """The API server. `Unavailable` when it does not answer, `Rejected` when it refuses."""

    async def fleets(self, namespace: str) -> Sequence[Resource]:
        """All Fleets of the namespace, the oldest first."""
        ...

    async def policies(self, namespace: str) -> Sequence[Resource]:
        """All UpdatePolicies of the namespace, read anew."""
        ...

    def devices(self, namespace: str) -> Mapping[str, Member]:
        """All Devices of the namespace by name, as last heard; no request."""
        ...

    async def secret(self, namespace: str, name: str) -> Mapping[str, str]:
        """The entries of a Secret, decoded; `Rejected` names it when it is missing."""
        ...

    def notes(self, namespace: str, owner: Resource | None) -> Notes:
        """What is remembered in the namespace."""
        ...

    async def write_status(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any]) -> None:
        """Merge *patch* into the status; an object that is gone is no error."""
        ...

    async def apply(self, namespace: str, manifest: Manifest, *, dry_run: bool) -> Sequence[Problem]:
        """Server-side apply as the field manager `pomona`; what the API server refuses are problems."""
        ...

    async def changed_by(self, kind: str, namespace: str, name: str, fields: Collection[str]) -> str:
        """The field managers, ours apart, that these fields of an object belong to.

        Where they belong to nobody any more: the one that wrote last. Empty where there is none.
        """
        ...

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        """Delete one object; one that is gone is no error."""
        ...

    async def give_up(self, namespace: str, name: str) -> None:
        """Take away what `apply` added to a Device that others made; one that is gone is no error."""
        ...

    async def make_device(self, namespace: str, device: NewDevice) -> None:
        """Make a Device, unless there is one of that name."""
        ...

    async def label(self, namespace: str, device: str, labels: Labels) -> None:
        """Set these labels of a Device, and leave all others; one that is gone is no error."""
        ...


class Recorder(Protocol):
    """Kubernetes' own Events, for whoever looks at an object."""

    async def record(self, about: Reference, item: Item, now: datetime) -> None:
        """Note the item with the object. The same item of the same object again is counted, not added."""
        ...


class Messenger(Protocol):
    """Takes notifications to one receiver outside of the cluster."""

    async def deliver(self, notification: Notification) -> None:
        """Deliver it once. `Unavailable` where it may be tried again, `Rejected` where that is in vain."""
        ...

    async def close(self) -> None:
        """Leave no connection open."""
        ...


class Repository(Protocol):
    """One Git repository at one ref, below one path."""

    async def head(self) -> str:
        """The revision that the ref names at the remote now, such as `main@sha1:9f2c…`."""
        ...

    async def fetch(self, revision: str) -> Commit:
        """That revision's manifests. `Rejected` when the repository breaks a limit.

        `Unverified` when it is not signed as it shall be; nothing of it is read then.
        """
        ...

    async def close(self) -> None:
        """Leave no process and no file behind."""
        ...


class Manifests(Protocol):
    """Reads manifests as the API server would, without one."""

    def read_each(
        self, files: Mapping[str, bytes], namespace: str
    ) -> tuple[Mapping[str, Sequence[Manifest]], Sequence[Problem]]:
        """Every document of every file, by file, validated; a bad one is a problem and no manifest."""
        ...

    def duplicates(self, manifests: Sequence[Manifest]) -> Sequence[Problem]:
        """Those that are of the same object as one before them."""
        ...
