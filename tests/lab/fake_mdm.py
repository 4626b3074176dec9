"""An `Mdm` in memory: what is in force, who was told, and reports that a test makes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from controller.domain.declarations import Declaration, Promise
from controller.domain.reports import Ours, Report
from controller.domain.status_items import BASE
from controller.ports import Failures, Rejected, Unavailable


@dataclass
class FakeMdm:
    """*writes* are the changes in the order in which they came; *refuses* by enrollment, *down* for all.

    One that is *mute* can tell nobody. *enforcing* are the configurations of others that enforce, *asked*
    those that it was asked about; *subscribed* are the status items by enrollment.
    """

    declared: dict[str, Declaration] = field(default_factory=dict)
    subscribed: dict[str, frozenset[str]] = field(default_factory=dict)
    enforcing: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    stored: dict[str, list[Report]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    down: bool = False
    mute: bool = False

    @property
    def ours(self) -> Ours:
        return Ours("pomona-e", "pomona-u")

    async def promises(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        self._answer()
        return {e: a_promise(declaration) for e, declaration in self.declared.items()}

    async def enforce(self, declaration: Declaration, enrollments: Collection[str]) -> Failures:
        for enrollment in set(enrollments) - self.refuses.keys():
            self.writes.append(f"enforce {enrollment} {declaration.version}")
            self.declared[enrollment] = declaration
        return self._refused(enrollments)

    async def withdraw(self, enrollments: Collection[str]) -> Failures:
        for enrollment in set(enrollments) - self.refuses.keys():
            self.writes.append(f"withdraw {enrollment}")
            self.declared.pop(enrollment, None)
        return self._refused(enrollments)

    def in_force(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        return {e: a_promise(self.declared[e]) for e in enrollments if e in self.declared}

    async def renew(self, enrollments: Collection[str]) -> Failures:
        for enrollment in sorted(set(enrollments) - self.refuses.keys()):
            self.writes.append(f"renew {enrollment}")
            self.declared.pop(enrollment, None)
        return self._refused(enrollments)

    async def subscribe(self, items: Mapping[str, frozenset[str] | None]) -> Failures:
        for enrollment, wanted in items.items():
            asked = wanted or self.subscribed.get(enrollment, BASE)
            if self.subscribed.get(enrollment) != asked:
                self.writes.append(f"subscribe {enrollment}")
                self.subscribed[enrollment] = asked
        return {}

    def subscription(self, enrollment: str) -> str:
        return a_subscription(self.subscribed[enrollment]) if enrollment in self.subscribed else ""

    async def enforces(self, identifier: str, token: str) -> bool:
        self.asked.append(identifier)
        return identifier in self.enforcing

    async def tell(self, enrollments: Collection[str]) -> Failures:
        if self.mute:
            return dict.fromkeys(enrollments, Unavailable("the MDM answered 503"))
        self.told += sorted(enrollments)
        return {}

    async def clear(self, wanted: Collection[Declaration], known: Collection[str]) -> None:
        self.subscribed = {e: items for e, items in self.subscribed.items() if e in known}

    async def retire(self, enrollments: Collection[str]) -> Failures:
        self.writes += [f"retire {enrollment}" for enrollment in sorted({*self.declared, *self.subscribed})]
        self.declared.clear()
        self.subscribed.clear()
        return self._refused(enrollments)

    async def reports(self, enrollment: str, after: str) -> Sequence[Report]:
        self._answer()
        stored = self.stored.get(enrollment, [])
        ids = [report.id for report in stored]
        return stored[ids.index(after) + 1 :] if after in ids else stored

    def _refused(self, enrollments: Collection[str]) -> Failures:
        return {e: Rejected(self.refuses[e]) for e in enrollments if e in self.refuses}

    def _answer(self) -> None:
        if self.down:
            raise Unavailable("the MDM does not answer")


def a_subscription(items: frozenset[str]) -> str:
    """How this MDM names a subscription to these."""
    return f"pomona-u{len(items)}"


def a_promise(declaration: Declaration) -> Promise:
    """How this MDM names a declaration."""
    name = f"{declaration.version}-{declaration.deadline:%m%d}"
    return Promise(declaration, f"pomona-e{name}", f"token-{name}")
