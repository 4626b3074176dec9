"""Publish: a commit's manifests become the cluster's, all of them or none."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from controller.documents import Documents
from controller.domain.fleets import Brake
from controller.drift import Drift, drift
from controller.live import Key, Live, Origin, differs, leaving, live_objects, may_own, signed
from controller.objects import Manifest, Problem
from controller.ports import Cluster, Manifests, Rejected, Repository, Unavailable
from controller.refusal import Refusal, check_gates, check_prune, conflict, invalid, refusal
from controller.workers import for_each

#: So many requests are under way.
WORKERS = 8

#: Of so many objects that drifted it is asked who changed them.
ASKED = 50


@dataclass(frozen=True, slots=True)
class Source:
    """Where to publish for, how much may be removed at once, and the commit that is *known* to be applied."""

    namespace: str
    fleet: str
    prune: bool
    brake: Brake
    allowance: int = 0
    known: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """How a turn ended: the reason of `GitSynced`, the revision that is applied now, what was put back.

    *head* is the one that the repository says; empty where it did not say any.
    """

    reason: str
    message: str
    revision: str
    applied: int = 0
    pruned: int = 0
    allowance_used: bool = False
    drift: tuple[Drift, ...] = ()
    head: str = ""

    @property
    def ok(self) -> bool:
        """Is what the repository says in the cluster?"""
        return self.reason == "Applied"


class Publisher:
    """The publish flow of one fleet. It remembers the last commit, which drift is put back to."""

    def __init__(self, cluster: Cluster, manifests: Manifests) -> None:
        self._cluster = cluster
        self._documents = Documents(manifests)
        self._repository: Repository | None = None
        self._revision = ""
        self._applied: Mapping[Key, Manifest] = {}
        self._read: tuple[str, Sequence[Manifest]] = ("", ())
        self._tried = ""
        self._refused: tuple[object, Refusal] | None = None

    async def turn(self, source: Source, repository: Repository) -> Published:
        """Bring what the repository says into the cluster. Errors of the API server are raised."""
        if repository is not self._repository:
            # Another path has the same revisions; its manifests are others.
            self._repository, self._read, self._tried, self._refused = repository, ("", ()), "", None
        head = ""
        try:
            try:
                head = await repository.head()
            except (Unavailable, Rejected) as error:
                raise refusal(error) from error
            return await self._publish(source, repository, head)
        except Refusal as refused:
            return Published(refused.reason, str(refused), self._revision, head=head)

    async def _publish(self, source: Source, repository: Repository, head: str) -> Published:
        self._recall(head)
        if self._read[0] != head:
            self._read = (head, await self._fetch(source, repository, head))
        policies = await self._cluster.policies(source.namespace)
        devices = self._cluster.devices(source.namespace)
        live = live_objects(policies, devices, {(m.kind, m.name) for m in self._read[1]})
        origin = Origin(source.namespace, source.fleet, head, source.known)
        wanted = self._wanted(origin, live)
        changes = [m for key, m in wanted.items() if differs(m, live.get(key), self._applied.get(key))]
        gone = leaving(source.fleet, wanted, live) if source.prune else ()
        check_gates(wanted, live, gone)
        pruned = [key for key in gone if not live[key].registered()]
        used = check_prune(source.brake, source.allowance, pruned, len(devices))
        if self._tried != head:
            await self._try(source, head, changes, live)
        drifted = await self._drift(origin, changes, live)
        await self._apply(source, changes)
        await self._prune(source, gone, live)
        self._remember(head, wanted, live)
        told = f"{head} is applied"
        return Published("Applied", told, head, len(changes), len(gone), used, drifted, head)

    def _remember(self, head: str, wanted: Mapping[Key, Manifest], live: Mapping[Key, Live]) -> None:
        """What is applied now. What is left alone stays as it was applied last."""
        before, alone = self._applied, {key for key, found in live.items() if found.left_alone()}
        kept = {key: before[key] for key in alone & wanted.keys() & before.keys()}
        self._applied = {key: m for key, m in wanted.items() if key not in alone} | kept
        self._revision, self._tried, self._refused = head, head, None

    async def _fetch(self, source: Source, repository: Repository, head: str) -> Sequence[Manifest]:
        """The commit's manifests, once nothing is wrong with them by themselves."""
        try:
            commit = await repository.fetch(head)
        except Unavailable as error:
            raise refusal(error) from error
        except Rejected as error:
            raise self._refuse(head, refusal(error)) from error
        manifests, problems = await asyncio.to_thread(self._documents.read, commit.files, source.namespace)
        if problems:
            raise self._refuse(head, invalid(problems))
        if not manifests:
            message = f"{head} holds no manifest below spec.git.path, expected one; nothing is removed"
            raise self._refuse(head, Refusal("Empty", message))
        return manifests

    def _wanted(self, origin: Origin, live: Mapping[Key, Live]) -> dict[Key, Manifest]:
        """What Git wants, with our label and annotation; nothing that others have made."""
        manifests = {(manifest.kind, manifest.name): manifest for manifest in self._read[1]}
        strangers = [m for key, m in manifests.items() if not may_own(live.get(key), m, origin.fleet)]
        if strangers:
            raise conflict(strangers)
        return {key: signed(m, origin, live.get(key), self._applied.get(key)) for key, m in manifests.items()}

    async def _drift(
        self, origin: Origin, changes: Sequence[Manifest], live: Mapping[Key, Live]
    ) -> tuple[Drift, ...]:
        """What is changed back and no commit changes; who changed it is forgotten once it is put back."""
        keyed = (((m.kind, m.name), m) for m in changes)
        found = [drift(m, origin, live.get(key), self._applied.get(key)) for key, m in keyed]
        drifted = sorted((d for d in found if d), key=lambda d: (d.kind, d.name))
        managers: dict[Drift, str] = {}

        async def ask(one: Drift) -> None:
            managers[one] = await self._cluster.changed_by(one.kind, origin.namespace, one.name, one.fields)

        await for_each([one for one in drifted if one.fields][:ASKED], ask, workers=WORKERS)
        return tuple(replace(one, manager=managers.get(one, "")) for one in drifted)

    async def _try(
        self, source: Source, head: str, changes: Sequence[Manifest], live: Mapping[Key, Live]
    ) -> None:
        """Let the API server judge everything before anything is applied; the same thing only once."""
        question = (head, [(m.kind, m.name, live.get((m.kind, m.name))) for m in changes])
        self._recall(question)
        problems = await self._send(source, changes, dry_run=True)
        if problems:
            raise self._refuse(question, invalid(problems))

    async def _apply(self, source: Source, changes: Sequence[Manifest]) -> None:
        problems = await self._send(source, changes, dry_run=False)
        if problems:
            raise invalid(problems)

    async def _prune(self, source: Source, leaving: Sequence[Key], live: Mapping[Key, Live]) -> None:
        """Remove what Git has no more; what registration made only loses what Git added."""

        async def remove(key: Key) -> None:
            kind, name = key
            if live[key].registered():
                await self._cluster.give_up(source.namespace, name)
            else:
                await self._cluster.delete(kind, source.namespace, name)

        await for_each(leaving, remove, workers=WORKERS)

    async def _send(self, source: Source, changes: Sequence[Manifest], *, dry_run: bool) -> list[Problem]:
        problems: list[Problem] = []

        async def send(manifest: Manifest) -> None:
            problems.extend(await self._cluster.apply(source.namespace, manifest, dry_run=dry_run))

        await for_each(changes, send, workers=WORKERS)
        return sorted(problems)

    def _refuse(self, question: object, refused: Refusal) -> Refusal:
        """A refusal that stands until something else is asked: another commit, or other objects."""
        self._refused = (question, refused)
        return refused

    def _recall(self, question: object) -> None:
        if self._refused and self._refused[0] == question:
            raise self._refused[1]
