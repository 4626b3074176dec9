"""What crosses the ports: objects of the cluster, manifests and commits of Git, messages of an MDM."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from controller.domain.devices import Device
from controller.domain.enrollments import Event
from controller.domain.facts import Facts
from controller.domain.news import Item


@dataclass(frozen=True, slots=True)
class Resource:
    """A Fleet or UpdatePolicy as the API server holds it."""

    kind: str
    namespace: str
    name: str
    uid: str
    generation: int
    created: datetime
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]
    status: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Namespace and name, as people write them."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Member:
    """A Device as the API server holds it, parsed; *spec* and *status* are its JSON, as it came."""

    device: Device
    facts: Facts | None
    uid: str
    annotations: Mapping[str, str]
    spec: bytes
    status: bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """An object of the cluster that something is said about."""

    kind: str
    namespace: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class Notification:
    """News on the way to a receiver: *commit* is what was applied when it was told.

    *more* counts by reason what it stands for beside its own item, where there was too much at once.
    """

    namespace: str
    fleet: str
    item: Item
    commit: str
    at: datetime
    more: Mapping[str, int] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The item's message, and how many more there were."""
        if not self.more:
            return self.item.message
        counts = ", ".join(f"{reason} {count}" for reason, count in sorted(self.more.items()))
        return f"{self.item.message}; and {sum(self.more.values())} more: {counts}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One document that Git wants in the cluster; *lines* says where each path such as spec.target stands."""

    kind: str
    name: str
    document: Mapping[str, Any]
    file: str
    line: int
    lines: Mapping[str, int] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something in a manifest that cannot be: `file:line: path: what was found, what is expected`."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of a repository: `revision` such as `main@sha1:9f2c…`, and the files below the path."""

    revision: str
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message of an MDM's webhook says.

    *topic* is what it is counted as: one of the MDM's few names, or `other`. *event* is None where the
    message is not about a device: about one of its users, or about nothing that is known here.
    """

    topic: str
    event: Event | None
