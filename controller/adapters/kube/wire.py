"""The parts of the API server's JSON that are read, and nothing else of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Metadata(msgspec.Struct, rename="camel"):
    """`metadata` of an object."""

    name: str
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = "0"
    creation_timestamp: datetime | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Thing(msgspec.Struct):
    """A Fleet or UpdatePolicy."""

    metadata: Metadata
    spec: Mapping[str, Any] = {}
    status: Mapping[str, Any] = {}


class RawDevice(msgspec.Struct):
    """A Device, its spec and status not yet read."""

    metadata: Metadata
    spec: msgspec.Raw = msgspec.Raw(b"{}")
    status: msgspec.Raw = msgspec.Raw(b"{}")


class Texts(msgspec.Struct):
    """`data` of a Secret or ConfigMap."""

    data: dict[str, str] = {}


class Counted(msgspec.Struct):
    """How often an Event was seen."""

    count: int = 1


class ListMetadata(msgspec.Struct, rename="camel"):
    """`metadata` of one page of a list; *next* asks for the following one."""

    resource_version: str = "0"
    next: str = msgspec.field(name="continue", default="")


class Page(msgspec.Struct, Generic[Item]):
    """One page of a list: of Devices, or of any other kind."""

    metadata: ListMetadata
    items: list[Item]


class Event(msgspec.Struct):
    """One line of a watch."""

    type: str
    object: msgspec.Raw


class Bookmark(msgspec.Struct):
    """How far a watch has come, without an object."""

    metadata: ListMetadata


class Cause(msgspec.Struct):
    """One thing that is wrong with an object; *field* is a path such as spec.skip[0].version."""

    message: str = ""
    field: str = ""


class Details(msgspec.Struct):
    """What a refusal is about."""

    causes: list[Cause] = []


class Status(msgspec.Struct):
    """The API server's own answer, where it is none of the objects."""

    code: int = 0
    message: str = ""
    details: Details | None = None
