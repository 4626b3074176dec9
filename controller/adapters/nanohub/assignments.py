"""Which declarations are in force where: what of ours the server holds, read and changed."""

import logging
from collections.abc import Collection, Iterable
from urllib.parse import quote

from controller.adapters.nanohub.answers import Missing
from controller.adapters.nanohub.attempts import WORKERS, attempt_each
from controller.adapters.nanohub.classes import Bundle, Names, from_payload
from controller.adapters.nanohub.client import Client
from controller.adapters.nanohub.memory import Memory
from controller.adapters.nanohub.telling import Telling
from controller.domain.declarations import Promise
from controller.ports import Rejected, Unauthorized, Unavailable
from controller.workers import for_each

log = logging.getLogger(__name__)


class Assignments:
    """Sets, what is in them, and who is in them. A new set is joined before the old one is left."""

    def __init__(self, client: Client, names: Names, telling: Telling) -> None:
        self.memory = Memory(names)
        self._client = client
        self._names = names
        self._telling = telling

    async def read_classes(self) -> None:
        """Read which declarations are there, and what they say where that is new.

        Where something of ours is missing, all that is remembered is dropped.
        """
        listed = await self._client.names("/ddm/declarations")
        declared = {name for name in listed if self._names.set_of(name)}
        if lost := self.memory.declared - declared:
            log.warning("the MDM has lost %d declarations of ours; all is read again", len(lost))
            self.memory = Memory(self._names)
            self._telling.forget()
        self.memory.declared = declared
        classes = {name for name in self.memory.sets() if self._names.is_class(name)}
        await for_each(sorted(classes - self.memory.classes.keys()), self._read_class, workers=WORKERS)

    async def read_members(self, enrollments: Iterable[str]) -> None:
        """Read in which sets these devices are; who cannot be read is kept as it was, or is unread."""
        failures = await attempt_each(sorted(enrollments), self._read_sets)
        self.memory.unread = {e: f for e, f in failures.items() if e not in self.memory.members}

    async def enter(self, bundle: Bundle, enrollments: Collection[str]) -> dict[str, Unavailable | Rejected]:
        """Have devices in this set, and in no other one of its kind."""
        try:
            await self._ensure(bundle)
        except Unauthorized:
            raise
        except (Unavailable, Rejected) as error:
            return dict.fromkeys(enrollments, error)
        of_class = self._names.is_class(bundle.set)

        async def move(enrollment: str) -> None:
            await self.know(enrollment)
            of_kind = self.memory.classes_of if of_class else self.memory.subscriptions_of
            before = of_kind(enrollment)
            if bundle.set not in before:
                await self._change(enrollment, "PUT", bundle.set)
            await self.leave(enrollment, before - {bundle.set})

        return await attempt_each(enrollments, move)

    async def leave(self, enrollment: str, sets: Iterable[str]) -> None:
        """Take a device out of these sets."""
        for name in sorted(sets):
            await self._change(enrollment, "DELETE", name)

    async def know(self, enrollment: str) -> None:
        """Have the device's sets in memory; fails for as long as `read_members` could not read them."""
        if enrollment in self.memory.unread:
            raise self.memory.unread[enrollment]
        if enrollment not in self.memory.members:
            await self._read_sets(enrollment)

    async def asks(self, subscription: str) -> bool:
        """Is this subscription whole, so that it asks its members for something? In doubt it is."""
        if subscription in self.memory.subscriptions:
            return True
        try:
            inside = await self._client.names(f"/ddm/set-declarations/{subscription}")
        except Unauthorized:
            raise
        except (Unavailable, Rejected) as error:
            log.info("what is in the MDM's set %s cannot be read: %s", subscription, error)
            return True
        if not set(self._names.contents(subscription)).issubset(inside):
            self.memory.forget(subscription)
            return False
        self.memory.subscriptions.add(subscription)
        return True

    async def remove(self, of_set: str) -> None:
        """Empty a set, tell whoever is still a member, and delete its declarations."""
        declarations = [name for name in self._names.contents(of_set) if name in self.memory.declared]
        self.memory.forget(of_set)
        for name in declarations:
            await self._client.change("DELETE", f"/ddm/set-declarations/{of_set}", {"declaration": name})
        await self._telling.tell_members(of_set)
        for name in declarations:
            self.memory.declared.discard(name)
            await self._client.change("DELETE", f"/ddm/declarations/{name}")

    async def _read_class(self, of_set: str) -> None:
        """Remember a class that is whole: both declarations are in its set, as we would write them."""
        configuration, activation = self._names.contents(of_set)
        inside = await self._client.names(f"/ddm/set-declarations/{of_set}")
        if not {configuration, activation} <= self.memory.declared.intersection(inside):
            return
        try:
            document = await self._client.document(f"/ddm/declarations/{configuration}")
            declaration, token = from_payload(document["Payload"]), str(document["ServerToken"])
        except (Missing, KeyError, TypeError, ValueError) as error:
            log.warning("the MDM's declaration %s is not as we wrote it: %s", configuration, error)
            return
        if self._names.enforcement(declaration).set == of_set:
            self.memory.classes[of_set] = Promise(declaration, configuration, token)

    async def _read_sets(self, enrollment: str) -> None:
        names = await self._client.names(_sets_of(enrollment))
        self.memory.members[enrollment] = set(filter(self._names.is_set, names))
        self.memory.doubted.discard(enrollment)

    async def _ensure(self, bundle: Bundle) -> None:
        """Have the set and what is in it on the server; done once, and again when that is forgotten."""
        if bundle.set in self.memory.ensured:
            return
        for document in bundle.documents():
            await self._client.change("PUT", "/ddm/declarations", body=document)
        self.memory.declared |= {bundle.configuration, bundle.activation}
        for name in (bundle.configuration, bundle.activation):
            await self._client.change("PUT", f"/ddm/set-declarations/{bundle.set}", {"declaration": name})
        if self._names.is_class(bundle.set):
            await self._read_class(bundle.set)
        self.memory.ensured.add(bundle.set)

    async def _change(self, enrollment: str, method: str, of_set: str) -> None:
        """Change one membership, there and here; in doubt until the server has answered."""
        self.memory.doubted.add(enrollment)
        self._telling.changed(enrollment)
        await self._client.change(method, _sets_of(enrollment), {"set": of_set})
        members = self.memory.members[enrollment]
        if method == "PUT":
            members.add(of_set)
        else:
            members.discard(of_set)
        self.memory.doubted.discard(enrollment)


def _sets_of(enrollment: str) -> str:
    return f"/ddm/enrollment-sets/{quote(enrollment, safe='')}"
