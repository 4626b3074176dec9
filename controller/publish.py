"""Publish: a commit's manifests become the cluster's, all of them or none."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from controller import crds
from controller.domain.fleets import Brake
from controller.ports import (
    Cluster,
    Manifest,
    Manifests,
    Problem,
    Rejected,
    Repository,
    Unauthorized,
    Unavailable,
)

#: Says which Fleet's repository an object came from.
OWNER = "pomona.dev/git"
#: The commit that last changed this object.
COMMIT = "pomona.dev/commit"
#: `disabled` on an object leaves it alone.
RECONCILE = "pomona.dev/reconcile"

#: So many problems are told at once.
TOLD = 5

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where to publish for, and how much may be removed at once."""

    namespace: str
    fleet: str
    prune: bool
    brake: Brake
    allowance: int = 0


@dataclass(frozen=True, slots=True)
class Published:
    """How a turn ended: the reason of `GitSynced`, and the revision that is applied now."""

    reason: str
    message: str
    revision: str
    applied: int = 0
    pruned: int = 0
    allowance_used: bool = False

    @property
    def ok(self) -> bool:
        """Is what the repository says in the cluster?"""
        return self.reason == "Applied"


class Refusal(Exception):
    """A commit is not applied, and the last one stands. *reason* is the one of `GitSynced`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Live:
    """An object as the cluster has it."""

    spec: Mapping[str, Any]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]

    def left_alone(self) -> bool:
        return self.annotations.get(RECONCILE) == "disabled"


class Publisher:
    """The publish flow of one fleet. It remembers the last commit, which drift is put back to."""

    def __init__(self, cluster: Cluster, manifests: Manifests) -> None:
        self._cluster = cluster
        self._manifests = manifests
        self._applied: tuple[str, Sequence[Manifest]] = ("", ())
        self._refused: tuple[str, Refusal] | None = None

    async def turn(self, source: Source, repository: Repository) -> Published:
        """Bring what the repository says into the cluster. `Unavailable` is the API server's."""
        revision, _ = self._applied
        try:
            head = await repository.head()
        except Unauthorized as error:
            return Published("Unauthorized", str(error), revision)
        except Unavailable as error:
            return Published("Unreachable", str(error), revision)
        except Rejected as error:
            return Published("Refused", str(error), revision)
        try:
            return await self._publish(source, repository, head)
        except Refusal as refusal:
            return Published(refusal.reason, str(refusal), revision)

    async def _publish(self, source: Source, repository: Repository, head: str) -> Published:
        if self._refused and self._refused[0] == head and not source.allowance:
            raise self._refused[1]
        live = await self._live(source.namespace)
        if head == self._applied[0]:
            manifests = self._applied[1]
        else:
            manifests = await self._judged(source, repository, head, live)
        wanted = [_signed(manifest, source, head, live) for manifest in manifests]
        changes = [m for m in wanted if _differs(m, live.get(_key(m)))]
        leaving = self._leaving(source, wanted, live)
        used = self._check_prune(source, leaving, live)
        if head != self._applied[0]:
            await self._try(source, head, changes)
        for manifest in changes:
            await self._apply(source, manifest)
        for kind, name in leaving:
            await self._cluster.delete(kind, source.namespace, name)
        self._applied, self._refused = (head, manifests), None
        message = f"{head} is applied"
        return Published("Applied", message, head, len(changes), len(leaving), used)

    async def _judged(
        self, source: Source, repository: Repository, head: str, live: Mapping[Key, _Live]
    ) -> Sequence[Manifest]:
        """The commit's manifests, once nothing is wrong with them that can be seen without the API server."""
        try:
            commit = await repository.fetch(head)
        except Unauthorized as error:
            raise Refusal("Unauthorized", str(error)) from error
        except Unavailable as error:
            raise Refusal("Unreachable", str(error)) from error
        except Rejected as error:
            raise self._refuse(head, "Refused", str(error)) from error
        manifests, problems = self._manifests.read(commit.files, source.namespace)
        if problems:
            raise self._refuse(head, "InvalidManifests", _told(problems))
        if not manifests:
            raise self._refuse(head, "Empty", f"{head} holds no manifest below the path; nothing is removed")
        strangers = [_stranger(m) for m in manifests if not _may_own(live.get(_key(m)), source)]
        if strangers:
            raise Refusal("Conflict", _told(strangers))
        return manifests

    async def _try(self, source: Source, head: str, changes: Sequence[Manifest]) -> None:
        """Let the API server judge everything before anything is applied."""
        problems: list[Problem] = []
        for manifest in changes:
            problems += await self._cluster.apply(source.namespace, manifest, dry_run=True)
        if problems:
            raise self._refuse(head, "InvalidManifests", _told(sorted(problems)))

    async def _apply(self, source: Source, manifest: Manifest) -> None:
        problems = await self._cluster.apply(source.namespace, manifest, dry_run=False)
        if problems:
            raise Refusal("InvalidManifests", _told(problems))

    async def _live(self, namespace: str) -> dict[Key, _Live]:
        live = {
            ("UpdatePolicy", p.name): _Live(p.spec, p.labels, p.annotations)
            for p in await self._cluster.policies(namespace)
        }
        for name, member in self._cluster.devices(namespace).items():
            labels = dict(member.device.labels)
            live["Device", name] = _Live(json.loads(member.spec), labels, member.annotations)
        return live

    def _leaving(self, source: Source, wanted: Sequence[Manifest], live: Mapping[Key, _Live]) -> list[Key]:
        """What Git brought and has no more."""
        stays = {_key(manifest) for manifest in wanted}
        return sorted(
            key
            for key, found in live.items()
            if source.prune
            and key not in stays
            and found.labels.get(OWNER) == source.fleet
            and not found.left_alone()
        )

    def _check_prune(self, source: Source, leaving: Sequence[Key], live: Mapping[Key, _Live]) -> bool:
        """Refuse to remove too many Devices; was a person's allowance needed?"""
        many = sum(kind == "Device" for kind, _ in leaving)
        total = sum(kind == "Device" for kind, _ in live)
        if not source.brake.holds(many, total):
            return False
        if many <= source.allowance:
            return True
        raise Refusal(
            "Brake",
            f"the commit would remove {many} of {total} Devices; nothing of it is applied. "
            f'To allow it: annotate the Fleet with pomona.dev/allow-withdrawals="{many}"',
        )

    def _refuse(self, head: str, reason: str, message: str) -> Refusal:
        """A refusal that stands until the head moves."""
        refusal = Refusal(reason, message)
        self._refused = (head, refusal)
        return refusal


def _key(manifest: Manifest) -> Key:
    return manifest.kind, manifest.name


def _may_own(found: _Live | None, source: Source) -> bool:
    return found is None or found.labels.get(OWNER) == source.fleet or found.left_alone()


def _stranger(manifest: Manifest) -> Problem:
    found = f"{manifest.kind} {manifest.name} exists, and this repository did not make it"
    return Problem(manifest.file, manifest.line, "", f"{found}; delete it, or label it {OWNER}")


def _signed(manifest: Manifest, source: Source, head: str, live: Mapping[Key, _Live]) -> Manifest:
    """The manifest with our label and annotation: the commit before, unless this one changes the object."""
    found = live.get(_key(manifest))
    before = found.annotations.get(COMMIT, head) if found else head
    unchanged = _with_metadata(manifest, source, before)
    return _with_metadata(manifest, source, head) if _differs(unchanged, found) else unchanged


def _with_metadata(manifest: Manifest, source: Source, revision: str) -> Manifest:
    given = manifest.document["metadata"]
    metadata = {
        **given,
        "namespace": source.namespace,
        "labels": {**given.get("labels", {}), OWNER: source.fleet},
        "annotations": {**given.get("annotations", {}), COMMIT: revision},
    }
    return replace(manifest, document={**manifest.document, "metadata": metadata})


def _differs(manifest: Manifest, found: _Live | None) -> bool:
    """Is what the cluster has another thing than the manifest, its defaults filled in?"""
    if found is None:
        return True
    if found.left_alone():
        return False
    metadata = manifest.document["metadata"]
    schema = crds.schema_of(manifest.kind)["properties"]["spec"]
    return (
        crds.with_defaults(schema, manifest.document["spec"]) != found.spec
        or not metadata["labels"].items() <= found.labels.items()
        or not metadata["annotations"].items() <= found.annotations.items()
    )


def _told(problems: Sequence[Problem]) -> str:
    def lines() -> Iterator[str]:
        yield from map(str, problems[:TOLD])
        if len(problems) > TOLD:
            yield f"and {len(problems) - TOLD} more"

    return "\n".join(lines())
