"""Who owns which field of an object, as the API server keeps it in `metadata.managedFields`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

#: How the name of a field begins there; keys of lists begin otherwise.
_FIELD = "f:"


class Owner(msgspec.Struct, rename="camel"):
    """One field manager, and the fields that it wrote."""

    manager: str = ""
    time: datetime | None = None
    subresource: str = ""
    fields: Mapping[str, Any] = msgspec.field(name="fieldsV1", default_factory=dict)


class _Metadata(msgspec.Struct, rename="camel"):
    managed_fields: list[Owner] = []


class Owned(msgspec.Struct):
    """An object, as far as it says who owns its fields."""

    metadata: _Metadata


def owners_of(fields: Collection[str], owners: Sequence[Owner]) -> Sequence[str]:
    """The managers that own one of these *fields*; where nobody does, the one that wrote last."""
    able = [owner for owner in owners if owner.manager and not owner.subresource]
    found = [owner for owner in able if _touches(fields, list(_paths(owner.fields)))]
    latest = sorted((o for o in able if o.time), key=lambda o: o.time.timestamp() if o.time else 0.0)[-1:]
    return list(dict.fromkeys(owner.manager for owner in found or latest))


def _paths(fields: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The fields that are no mappings themselves, such as spec.deadline.days."""
    below = {key.removeprefix(_FIELD): inner for key, inner in fields.items() if key.startswith(_FIELD)}
    if not below and prefix:
        yield prefix
    for key, inner in below.items():
        yield from _paths(inner, f"{prefix}.{key}" if prefix else key)


def _touches(fields: Collection[str], owned: Collection[str]) -> bool:
    return any(
        f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}.")
        for one in fields
        for other in owned
    )
