"""The `Mdm` port on NanoHUB: a class is a set, its devices are the set's members."""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from controller.adapters.nanohub.classes import Bundle, Names, from_payload
from controller.adapters.nanohub.client import Client, Missing, PushFailed
from controller.adapters.nanohub.reading import read_reports
from controller.domain.declarations import Declaration, Promise
from controller.domain.reports import Report
from controller.ports import Failures, Rejected, Unauthorized, Unavailable
from controller.workers import for_each

log = logging.getLogger(__name__)

#: How many requests are under way at once.
WORKERS = 8

#: How many devices one request wakes. The server pushes to each before it answers.
CHUNK = 200

#: How often a device is woken for a command in its queue before the command is taken for lost.
PUSHES = 3

#: Each hour this part of the memberships is read again, in case somebody else changed them.
SLICE, SLICE_EVERY = 24, timedelta(hours=1)


@dataclass
class _Memory:
    """What the server holds of ours, as last read or written. Dropped as a whole when it proves wrong.

    *classes* by the identifier of the enforcement; *members* says which sets of ours a device is in;
    *ensured* are the sets that this process saw to.
    """

    classes: dict[str, Promise] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    ensured: set[str] = field(default_factory=set)


class NanoHub:
    """One fleet on one NanoHUB. Remembers memberships, which the server cannot list by set."""

    def __init__(self, client: Client, fleet: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._names = Names.of(fleet)
        self._clock = clock
        self._memory = _Memory()
        self._declared: frozenset[str] = frozenset()
        self._queued: dict[str, int] = {}
        self._sliced = clock()
        self._turn = 0

    @property
    def ours(self) -> str:
        """How the identifiers of this fleet's enforcements begin."""
        return self._names.enforcements

    async def close(self) -> None:
        """Leave no connection open."""
        await self._client.close()

    async def promises(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        """What is in force of ours, by enrollment: for these, and for all others that are remembered."""
        listed = await self._client.names("/ddm/declarations")
        self._declared = frozenset(name for name in listed if name.startswith(self._names.prefix))
        if not self._remembered() <= self._declared:
            log.warning("the MDM has lost declarations of ours; all of it is read again")
            self._memory = _Memory()
            self._queued.clear()
        await self._read_classes()
        unknown = [e for e in enrollments if e not in self._memory.members]
        await self._each([*unknown, *self._due_again()], self._read_members)
        return {e: promise for e in self._memory.members if (promise := self._promise(e))}

    async def enforce(self, declaration: Declaration, enrollments: Collection[str]) -> Failures:
        """Put *declaration* in force in the place of what was: the new set is joined, then the old left."""
        bundle = self._names.enforcement(declaration)
        await self._ensure(bundle)

        async def move(enrollment: str) -> None:
            await self._join(enrollment, bundle.set)
            await self._leave(enrollment, self._classes_of(enrollment) - {bundle.set})

        return await self._attempt(enrollments, move)

    async def withdraw(self, enrollments: Collection[str]) -> Failures:
        """Take back what is in force of ours; nobody is told yet."""

        async def release(enrollment: str) -> None:
            await self._leave(enrollment, self._classes_of(enrollment))

        return await self._attempt(enrollments, release)

    async def subscribe(self, enrollments: Collection[str]) -> Failures:
        """See to it that these devices are asked for the status items that we read."""
        bundle = self._names.subscription()
        missing = [e for e in enrollments if bundle.set not in self._memory.members.get(e, ())]
        if not missing:
            return {}
        await self._ensure(bundle)
        return await self._attempt(missing, lambda enrollment: self._join(enrollment, bundle.set))

    async def tell(self, enrollments: Collection[str]) -> Failures:
        """Make the devices fetch what changed.

        A device whose command was queued since its last change, and that could not be woken, is only woken:
        another command would be another sync. After some tries the command may be lost, and is queued again.
        """
        failures: dict[str, Unavailable | Rejected] = {}
        waiting = sorted(e for e in enrollments if 0 < self._queued.get(e, 0) <= PUSHES)
        for chunk in _chunks(waiting):
            await self._wake(chunk, "GET", f"/nanomdm/push/{','.join(chunk)}", None, failures)
        for chunk in _chunks(sorted(set(enrollments) - set(waiting))):
            query = [("id", enrollment) for enrollment in chunk]
            await self._wake(chunk, "POST", "/ddm/notify", query, failures)
        return failures

    async def clear(self, wanted: Collection[Declaration], known: Collection[str]) -> None:
        """Remove classes that nobody wants, telling members that we no longer know; let go of the unknown."""
        for enrollment in self._memory.members.keys() - set(known):
            if not self._classes_of(enrollment):
                await self._leave(enrollment, set(self._memory.members[enrollment]))
                del self._memory.members[enrollment]
        used = {self._names.enforcement(declaration).configuration for declaration in wanted}
        used |= {self._names.class_of(name) for sets in self._memory.members.values() for name in sets}
        for configuration in sorted({self._names.class_of(name) for name in self._declared} - used - {""}):
            await self._remove(configuration)

    async def reports(self, enrollment: str, after: str) -> Sequence[Report]:
        """The stored reports after the one with id *after*, or from the newest full one on; oldest first."""
        return await read_reports(self._client, enrollment, after, self._clock)

    def _remembered(self) -> set[str]:
        """The declarations that must be on the server if our memory is right."""
        configurations = set(self._memory.classes)
        subscription = self._names.subscription()
        if subscription.set in self._memory.ensured:
            configurations |= {subscription.configuration, subscription.activation}
        return configurations

    async def _read_classes(self) -> None:
        fresh = [
            name for name in self._declared if name.startswith(self.ours) and name not in self._memory.classes
        ]
        await for_each(fresh, self._read_class, workers=WORKERS)

    async def _read_class(self, configuration: str) -> None:
        try:
            document = (await self._client.get(f"/ddm/declarations/{configuration}")).json()
            declaration = from_payload(document["Payload"])
        except (Missing, KeyError, ValueError) as error:
            log.warning("the MDM's declaration %s is not one that we wrote: %s", configuration, error)
            return
        self._memory.classes[configuration] = Promise(declaration, configuration, document["ServerToken"])

    def _due_again(self) -> list[str]:
        """The part of the known enrollments whose turn it is to be read again."""
        if self._clock() - self._sliced < SLICE_EVERY:
            return []
        self._sliced, self._turn = self._clock(), self._turn + 1
        return sorted(self._memory.members)[self._turn % SLICE :: SLICE]

    async def _read_members(self, enrollment: str) -> None:
        """Read a device's sets; one that is in several classes, or in one that is gone, is put right."""
        names = await self._client.names(f"/ddm/enrollment-sets/{enrollment}")
        self._memory.members[enrollment] = {name for name in names if name.startswith(self._names.prefix)}
        promise = self._promise(enrollment)
        keep = {self._names.set_of(promise.identifier)} if promise else set()
        await self._leave(enrollment, self._classes_of(enrollment) - keep)

    def _promise(self, enrollment: str) -> Promise | None:
        """The promise with the earliest deadline: the one that the device acts on."""
        classes = (self._names.class_of(name) for name in self._memory.members.get(enrollment, ()))
        found = [self._memory.classes[c] for c in classes if c in self._memory.classes]
        return min(
            found, key=lambda promise: (promise.declaration.deadline, promise.identifier), default=None
        )

    def _classes_of(self, enrollment: str) -> set[str]:
        return {name for name in self._memory.members.get(enrollment, ()) if self._names.class_of(name)}

    async def _ensure(self, bundle: Bundle) -> None:
        """Have the set and what is in it on the server; done once by each process."""
        if bundle.set in self._memory.ensured:
            return
        for document in bundle.documents():
            await self._client.change("PUT", "/ddm/declarations", body=document)
        for name in (bundle.configuration, bundle.activation):
            await self._client.change("PUT", f"/ddm/set-declarations/{bundle.set}", {"declaration": name})
        self._declared |= {bundle.configuration, bundle.activation}
        if bundle.configuration.startswith(self.ours):
            await self._read_class(bundle.configuration)
        self._memory.ensured.add(bundle.set)

    async def _join(self, enrollment: str, name: str) -> None:
        self._queued.pop(enrollment, None)
        await self._client.change("PUT", f"/ddm/enrollment-sets/{enrollment}", {"set": name})
        self._memory.members.setdefault(enrollment, set()).add(name)

    async def _leave(self, enrollment: str, names: Iterable[str]) -> None:
        for name in sorted(names):
            self._queued.pop(enrollment, None)
            await self._client.change("DELETE", f"/ddm/enrollment-sets/{enrollment}", {"set": name})
            self._memory.members[enrollment].discard(name)

    async def _remove(self, configuration: str) -> None:
        """Empty a class, tell whoever is still a member, and delete its declarations."""
        of_set = self._names.set_of(configuration)
        declarations = {configuration, self._names.activation_of(configuration)} & self._declared
        for name in sorted(declarations):
            await self._client.change("DELETE", f"/ddm/set-declarations/{of_set}", {"declaration": name})
        try:
            await self._client.tell("POST", "/ddm/notify", {"set": of_set})
        except PushFailed as error:
            log.info("members of %s learn of its end when they connect: %s", of_set, error)
        for name in sorted(declarations):
            await self._client.change("DELETE", f"/ddm/declarations/{name}")
        self._declared -= declarations
        self._memory.classes.pop(configuration, None)
        self._memory.ensured.discard(of_set)

    async def _wake(
        self,
        chunk: Sequence[str],
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] | None,
        failures: dict[str, Unavailable | Rejected],
    ) -> None:
        try:
            await self._client.tell(method, path, query)
        except PushFailed as error:
            for enrollment in chunk:
                self._queued[enrollment] = self._queued.get(enrollment, 0) % (PUSHES + 1) + 1
            failures.update(dict.fromkeys(chunk, error))
        else:
            for enrollment in chunk:
                self._queued.pop(enrollment, None)

    async def _each(self, enrollments: Iterable[str], work: Callable[[str], Awaitable[None]]) -> None:
        await for_each(enrollments, work, workers=WORKERS)

    async def _attempt(self, enrollments: Iterable[str], work: Callable[[str], Awaitable[None]]) -> Failures:
        """Do it for each device; one device's failure is that device's, wrong credentials are everybody's."""
        failures: dict[str, Unavailable | Rejected] = {}

        async def attempt(enrollment: str) -> None:
            try:
                await work(enrollment)
            except Unauthorized:
                raise
            except (Unavailable, Rejected) as error:
                failures[enrollment] = error

        await self._each(enrollments, attempt)
        return failures


def connect(url: str, api_key: str, ca_pem: str, fleet: str, on_response: Callable[[int], None]) -> NanoHub:
    """The fleet *namespace/name* on the NanoHUB at *url*; *on_response* hears the status of each answer."""
    return NanoHub(Client.connect(url, api_key, ca_pem, on_response), fleet, lambda: datetime.now(UTC))


def _chunks(enrollments: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(enrollments), CHUNK):
        yield enrollments[start : start + CHUNK]
