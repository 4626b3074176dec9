"""The `Mdm` port on NanoHUB: a class is a set, its devices are the set's members."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from controller.adapters.nanohub.assignments import Assignments
from controller.adapters.nanohub.attempts import attempt_each
from controller.adapters.nanohub.classes import Names
from controller.adapters.nanohub.client import Client, OnRequest
from controller.adapters.nanohub.memory import Memory
from controller.adapters.nanohub.others import Others
from controller.adapters.nanohub.reading import read_reports
from controller.adapters.nanohub.subscriptions import Subscriptions
from controller.adapters.nanohub.telling import Telling
from controller.domain.declarations import Declaration, Promise
from controller.domain.reports import Ours, Report
from controller.ports import Failures, Rejected, Unauthorized, Unavailable

log = logging.getLogger(__name__)

#: Each hour the classes and this part of the memberships are read again, in case somebody changed them.
SLICE, SLICE_EVERY = 24, timedelta(hours=1)


class NanoHub:
    """One fleet, *namespace/name*, on one NanoHUB. Remembers what the server cannot be asked for."""

    def __init__(self, client: Client, fleet: str, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._names = Names.of(fleet)
        self._clock = clock
        self._telling = Telling(client)
        self._assignments = Assignments(client, self._names, self._telling)
        self._subscriptions = Subscriptions(self._assignments, self._names)
        self._others = Others(client)
        self._sliced = clock()
        self._turn = 0

    @property
    def ours(self) -> Ours:
        """How the identifiers of this fleet's configurations begin."""
        return self._names.ours

    async def close(self) -> None:
        """Leave no connection open."""
        await self._client.close()

    async def promises(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        """What is in force of ours, by enrollment: for these, and for all others that are remembered.

        A device whose sets cannot be read has none here, and its changes fail until they can.
        """
        again = self._due_again()
        await self._assignments.read_classes()
        unknown = set(enrollments) - self._memory.members.keys()
        await self._assignments.read_members(unknown | self._memory.doubted.union(again))
        if self._memory.unread and not self._memory.members:
            raise next(iter(self._memory.unread.values()))
        return self._memory.promises(self._memory.members)

    async def enforce(self, declaration: Declaration, enrollments: Collection[str]) -> Failures:
        """Put *declaration* in force in the place of what was: the new set is joined, then the old left."""
        return await self._assignments.enter(self._names.enforcement(declaration), enrollments)

    async def withdraw(self, enrollments: Collection[str]) -> Failures:
        """Take back what is in force of ours; nobody is told yet."""

        async def release(enrollment: str) -> None:
            await self._assignments.know(enrollment)
            await self._assignments.leave(enrollment, self._memory.classes_of(enrollment))

        return await attempt_each(enrollments, release)

    def in_force(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        """What is in force on these, as far as it is remembered; no request."""
        return self._memory.promises(enrollments)

    async def renew(self, enrollments: Collection[str]) -> Failures:
        """Take back what is in force of ours; the command that may be in their queues went with them."""
        for enrollment in enrollments:
            self._telling.changed(enrollment)
        return await self.withdraw(enrollments)

    async def subscribe(self, items: Mapping[str, frozenset[str] | None]) -> Failures:
        """See to it that devices are asked for these items, by enrollment; None where nobody knows which."""
        return await self._subscriptions.subscribe(items)

    def subscription(self, enrollment: str) -> str:
        """The identifier of the subscription that the device is in; empty where unknown, or in several."""
        return self._memory.subscription(enrollment)

    async def enforces(self, identifier: str, token: str) -> bool:
        """Is this configuration, which is not ours, an enforcement? Asked once for each server token."""
        return await self._others.enforces(identifier, token)

    async def tell(self, enrollments: Collection[str]) -> Failures:
        """Make the devices fetch what changed. Those whose command is queued already are only woken."""
        return await self._telling.tell(enrollments)

    async def clear(self, wanted: Collection[Declaration], known: Collection[str]) -> None:
        """Leave nothing of ours behind: surplus memberships, subscriptions of the unknown, unused classes.

        While a device's sets are unknown no class is removed, since it may be in there. What cannot be
        removed now is tried again the next time.
        """
        gone = {e for e in self._memory.members.keys() - set(known) if not self._memory.classes_of(e)}
        leaving = dict(self._memory.surplus()) | {e: set(self._memory.members[e]) for e in gone}
        failures = await attempt_each(leaving, lambda e: self._assignments.leave(e, leaving[e]))
        for enrollment in gone - failures.keys():
            del self._memory.members[enrollment]
        failures |= await self._telling.tell([e for e, sets in leaving.items() if sets and e not in failures])
        for enrollment, error in failures.items():
            log.info("%s will learn later of what was cleared for it: %s", enrollment, error)
        if not self._memory.unread:
            for of_set in sorted(self._unused(wanted)):
                await self._remove(of_set)

    async def retire(self, enrollments: Collection[str]) -> Failures:
        """Take back everything of ours: what is in a set goes first, and its members are told, known or not.

        Raises where a set cannot be emptied. Who cannot be taken out of an empty set holds nothing all the
        same, and is a failure.
        """
        for of_set in sorted(self._memory.sets()):
            await self._assignments.remove(of_set)
        members = self._memory.members
        return await attempt_each(
            [e for e in enrollments if members.get(e)],
            lambda e: self._assignments.leave(e, set(members[e])),
        )

    async def reports(self, enrollment: str, after: str) -> Sequence[Report]:
        """The stored reports after the one with id *after*, or from the newest full one on; oldest first."""
        return await read_reports(self._client, enrollment, after, self._clock)

    @property
    def _memory(self) -> Memory:
        return self._assignments.memory

    def _due_again(self) -> list[str]:
        """The part of the known enrollments whose turn it is to be read again; the classes are, too."""
        if self._clock() - self._sliced < SLICE_EVERY:
            return []
        self._sliced, self._turn = self._clock(), self._turn + 1
        self._memory.look_again()
        return sorted(self._memory.members)[self._turn % SLICE :: SLICE]

    def _unused(self, wanted: Collection[Declaration]) -> set[str]:
        """The sets of ours that nobody wants, and no device that we remember is in."""
        used = {self._names.enforcement(declaration).set for declaration in wanted}
        unused = self._memory.sets() - used.union(*self._memory.members.values())
        return {s for s in unused if self._names.is_class(s) or not self._subscriptions.stays(s)}

    async def _remove(self, of_set: str) -> None:
        try:
            await self._assignments.remove(of_set)
        except Unauthorized:
            raise
        except (Unavailable, Rejected) as error:
            log.warning("the MDM's set %s is not wanted any more and cannot be removed: %s", of_set, error)


def connect(url: str, api_key: str, ca_pem: str, fleet: str, on_request: OnRequest) -> NanoHub:
    """The fleet *namespace/name* on the NanoHUB at *url*; *on_request* hears of each request."""
    return NanoHub(Client.connect(url, api_key, ca_pem, on_request), fleet, lambda: datetime.now(UTC))
