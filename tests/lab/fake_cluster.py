"""A `Cluster` in memory: it keeps what it is given as the API server would, defaults and owners of fields."""

import copy
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from controller import crds
from controller.domain.devices import Device, Labels
from controller.domain.facts import parse_facts
from controller.domain.registering import NewDevice
from controller.objects import Manifest, Member, Problem, Resource
from controller.ports import Rejected, Unavailable
from tests.lab.paper import Paper

Document = dict[str, Any]
Key = tuple[str, str, str]

_CREATED = datetime(2025, 8, 1, tzinfo=UTC)


@dataclass
class FakeCluster:
    """Objects by namespace, kind and name.

    *refuses* are the problems that an apply of an object of that name meets; *down* makes every request
    `Unavailable`; *writes* and *tries* count what was applied, deleted, and applied as a trial; *lists* and
    *statuses* how often a kind was listed and a status written. *managers* are who edited objects by hand, by
    name; *asked* is of whom that was asked, and for which fields.
    """

    refuses: dict[str, str] = field(default_factory=dict)
    secrets: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    down: bool = False
    writes: list[str] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    papers: dict[str, Paper] = field(default_factory=dict)
    lists: int = 0
    statuses: int = 0
    managers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    _objects: dict[Key, Document] = field(default_factory=dict)
    _ours: dict[Key, Document] = field(default_factory=dict)

    def put(self, namespace: str, kind: str, name: str, spec: Mapping[str, Any], **metadata: Any) -> Document:
        """Somebody else makes an object, or another one of an object."""
        given = {"kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}
        stored = copy.deepcopy(dict(crds.with_defaults(kind, given)))
        stored.setdefault("status", {})
        self._objects[namespace, kind, name] = stored
        return stored

    def find(self, namespace: str, kind: str, name: str) -> Document:
        """The object as it is stored, for somebody else to look at, or to edit by hand."""
        return self._objects[namespace, kind, name]

    def names(self, namespace: str, kind: str) -> list[str]:
        """The names of all objects of a kind."""
        return sorted(key[2] for key in self._objects if key[:2] == (namespace, kind))

    async def fleets(self, namespace: str) -> Sequence[Resource]:
        return self._list(namespace, "Fleet")

    async def policies(self, namespace: str) -> Sequence[Resource]:
        return self._list(namespace, "UpdatePolicy")

    def devices(self, namespace: str) -> Mapping[str, Member]:
        return {
            name: _member(name, found)
            for (where, kind, name), found in self._objects.items()
            if (where, kind) == (namespace, "Device")
        }

    async def secret(self, namespace: str, name: str) -> Mapping[str, str]:
        self._answer()
        if (namespace, name) not in self.secrets:
            raise Rejected(f"the Secret {name} is missing in namespace {namespace}")
        return self.secrets[namespace, name]

    def notes(self, namespace: str, owner: Resource | None) -> Paper:
        return self.papers.setdefault(namespace, Paper())

    async def write_status(self, kind: str, namespace: str, name: str, patch: Mapping[str, Any]) -> None:
        self._answer()
        self.statuses += 1
        found = self._objects.get((namespace, kind, name))
        if found is not None:
            found["status"] = _patched(found["status"], patch)

    async def apply(self, namespace: str, manifest: Manifest, *, dry_run: bool) -> Sequence[Problem]:
        self._answer()
        (self.tries if dry_run else self.writes).append(f"apply {manifest.kind} {manifest.name}")
        if manifest.name in self.refuses:
            return [Problem(manifest.file, manifest.line, "spec", self.refuses[manifest.name])]
        if not dry_run:
            self._store((namespace, manifest.kind, manifest.name), manifest)
        return ()

    async def changed_by(self, kind: str, namespace: str, name: str, fields: Collection[str]) -> str:
        self._answer()
        self.asked.append((name, tuple(fields)))
        return self.managers.get(name, "")

    async def delete(self, kind: str, namespace: str, name: str) -> None:
        self._answer()
        self.writes.append(f"delete {kind} {name}")
        self._objects.pop((namespace, kind, name), None)
        self._ours.pop((namespace, kind, name), None)

    async def give_up(self, namespace: str, name: str) -> None:
        self._answer()
        key = (namespace, "Device", name)
        self.writes.append(f"give up Device {name}")
        ours = self._ours.pop(key, {}) | {"spec": {}, "kind": {}}
        self._objects[key] = _without(self._objects[key], ours, {})

    async def make_device(self, namespace: str, device: NewDevice) -> None:
        self._answer()
        if (namespace, "Device", device.name) not in self._objects:
            self.writes.append(f"make Device {device.name}")
            spec = {"enrollment": device.enrollment, "serialNumber": device.serial}
            given = {key: value for key, value in spec.items() if value}
            self.put(namespace, "Device", device.name, given, labels=dict(device.labels))

    async def label(self, namespace: str, device: str, labels: Labels) -> None:
        self._answer()
        found = self._objects.get((namespace, "Device", device))
        if found is not None:
            self.writes.append(f"label Device {device}")
            found["metadata"]["labels"] = {**_texts(found, "labels"), **dict(labels)}

    def _store(self, key: Key, manifest: Manifest) -> None:
        """As server-side apply does: what was ours and is not wanted any more goes; what is others' stays.

        Nothing of others stays in the spec.
        """
        found = self._objects.get(key, {"status": {}})
        wanted: Document = copy.deepcopy(dict(manifest.document))
        merged = _merged(_without(found, self._ours.get(key, {}), wanted), wanted) | {"spec": wanted["spec"]}
        self._objects[key] = dict(crds.with_defaults(manifest.kind, merged))
        self._ours[key] = wanted

    def _list(self, namespace: str, kind: str) -> list[Resource]:
        self._answer()
        self.lists += 1
        return [
            _resource(kind, where, name, found)
            for (where, its_kind, name), found in sorted(self._objects.items(), key=lambda entry: entry[0])
            if (where, its_kind) == (namespace, kind)
        ]

    def _answer(self) -> None:
        if self.down:
            raise Unavailable("the API server does not answer")


def _without(found: Document, ours: Document, wanted: Document) -> Document:
    kept = {}
    for key, value in found.items():
        if isinstance(value, dict) and isinstance(ours.get(key), dict):
            kept[key] = _without(value, ours[key], wanted.get(key) or {})
        elif key not in ours or key in wanted:
            kept[key] = value
    return kept


def _merged(found: Any, wanted: Any) -> Any:
    if not isinstance(found, dict) or not isinstance(wanted, dict):
        return wanted
    return {**found, **{key: _merged(found.get(key), value) for key, value in wanted.items()}}


def _patched(status: Mapping[str, Any], patch: Mapping[str, Any]) -> Document:
    """A JSON merge patch: None takes a key away."""
    patched = dict(status)
    for key, value in patch.items():
        if value is None:
            patched.pop(key, None)
        elif isinstance(value, Mapping):
            before = patched.get(key)
            patched[key] = _patched(before if isinstance(before, Mapping) else {}, value)
        else:
            patched[key] = value
    return patched


def _texts(found: Document, kind: str) -> dict[str, str]:
    return dict(found["metadata"].get(kind) or {})


def _resource(kind: str, namespace: str, name: str, found: Document) -> Resource:
    labels, annotations = _texts(found, "labels"), _texts(found, "annotations")
    spec, status = copy.deepcopy(found["spec"]), copy.deepcopy(found["status"])
    return Resource(
        kind, namespace, name, f"uid-{kind}-{name}", 1, _CREATED, labels, annotations, spec, status
    )


def _member(name: str, found: Document) -> Member:
    device = Device.parse(name, _CREATED, _texts(found, "labels"), found["spec"])
    spec, status = json.dumps(found["spec"]).encode(), json.dumps(found["status"]).encode()
    facts = parse_facts(found["status"].get("reported", {}))
    return Member(device, facts, f"uid-{name}", _texts(found, "annotations"), spec, status)


def applied(writes: Iterable[str]) -> list[str]:
    """The names of what was applied, in the order of the alphabet."""
    return sorted(write.split()[-1] for write in writes if write.startswith("apply "))
