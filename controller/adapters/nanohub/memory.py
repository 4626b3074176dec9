"""What the server holds of ours, as last read or written. Dropped as a whole when it proves wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from controller.adapters.nanohub.classes import Names
from controller.domain.declarations import Promise
from controller.ports import Rejected, Unavailable


@dataclass
class Memory:
    """The server cannot list a set's members, so they are kept here, by enrollment.

    *declared* are the declarations of ours on the server; *classes* are those that are whole, by set, and
    *subscriptions* the sets of those that are; *ensured* are the sets that this process saw to. What is
    *doubted* was changed without an answer; what is *unread* could not be read at all, and why.
    """

    names: Names
    declared: set[str] = field(default_factory=set)
    classes: dict[str, Promise] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)
    ensured: set[str] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    unread: dict[str, Unavailable | Rejected] = field(default_factory=dict)

    def sets(self) -> set[str]:
        """The sets of ours that have a declaration on the server."""
        return {self.names.set_of(name) for name in self.declared}

    def classes_of(self, enrollment: str) -> set[str]:
        """The classes that a device is in, whole or not."""
        return self._classes(self.members.get(enrollment, ()))

    def subscriptions_of(self, enrollment: str) -> set[str]:
        """The subscriptions that a device has."""
        return {name for name in self.members.get(enrollment, ()) if not self.names.is_class(name)}

    def subscription(self, enrollment: str) -> str:
        """The configuration of the only subscription that a device has; empty also while in doubt."""
        sets = self.subscriptions_of(enrollment)
        if len(sets) != 1 or enrollment in self.doubted:
            return ""
        return self.names.contents(sets.pop())[0]

    def promises(self, enrollments: Iterable[str]) -> dict[str, Promise]:
        """What is in force on these, by enrollment."""
        # Ten thousand devices are in few different sets.
        earliest = cache(self._earliest)
        found = ((e, earliest(frozenset(self.members.get(e, ())))) for e in enrollments)
        return {enrollment: self.classes[name] for enrollment, name in found if name}

    def look_again(self) -> None:
        """What sets hold is to be read and seen to again, in case somebody else changed it."""
        self.classes.clear()
        self.subscriptions.clear()
        self.ensured.clear()

    def forget(self, of_set: str) -> None:
        """See to it that nobody takes this set for whole."""
        self.classes.pop(of_set, None)
        self.subscriptions.discard(of_set)
        self.ensured.discard(of_set)

    def surplus(self) -> Iterator[tuple[str, set[str]]]:
        """The devices that are in more classes than the one in force, with those classes."""
        surplus = cache(self._surplus)
        found = ((e, surplus(frozenset(self.members[e]))) for e in self.members.keys() - self.doubted)
        yield from sorted((enrollment, set(more)) for enrollment, more in found if more)

    def _earliest(self, sets: frozenset[str]) -> str:
        """Of a device in these sets, the class with the earliest deadline: the one that it acts on."""
        whole = self._classes(sets) & self.classes.keys()
        return min(whole, key=lambda name: (self.classes[name].declaration.deadline, name), default="")

    def _surplus(self, sets: frozenset[str]) -> set[str]:
        return self._classes(sets) - {self._earliest(sets)}

    def _classes(self, sets: Iterable[str]) -> set[str]:
        return {name for name in sets if self.names.is_class(name)}
