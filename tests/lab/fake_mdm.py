"""An `Mdm` in memory: what is in force, who was told, and reports that a test makes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from controller.domain.declarations import Declaration, Promise
from controller.domain.reports import Report
from controller.domain.status_items import BASE
from controller.ports import Failures, Rejected, Unavailable


@dataclass
class FakeMdm:
    """*writes* are the changes in the order in which they came; *refuses* by enrollment, *down* for all.

    One that is *mute* can tell nobody. *enforcing* are the configurations of others that are enforcements.
    """

    enforced: dict[str, Declaration] = field(default_factory=dict)
    asked: dict[str, frozenset[str]] = field(default_factory=dict)
    stored: dict[str, list[Report]] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    enforcing: set[str] = field(default_factory=set)
    down: bool = False
    mute: bool = False

    @property
    def ours(self) -> str:
        return "pomona-e"

    @property
    def subscribed(self) -> set[str]:
        """Who is asked for something."""
        return set(self.asked)

    async def promises(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        self._answer()
        return self.in_force(self.enforced)

    def in_force(self, enrollments: Collection[str]) -> Mapping[str, Promise]:
        return {e: a_promise(self.enforced[e]) for e in enrollments if e in self.enforced}

    async def enforce(self, declaration: Declaration, enrollments: Collection[str]) -> Failures:
        for enrollment in set(enrollments) - self.refuses.keys():
            self.writes.append(f"enforce {enrollment} {declaration.version}")
            self.enforced[enrollment] = declaration
        return self._refused(enrollments)

    async def withdraw(self, enrollments: Collection[str]) -> Failures:
        for enrollment in set(enrollments) - self.refuses.keys():
            self.writes.append(f"withdraw {enrollment}")
            self.enforced.pop(enrollment, None)
        return self._refused(enrollments)

    async def renew(self, enrollments: Collection[str]) -> Failures:
        return await self.withdraw(enrollments)

    async def subscribe(self, items: Mapping[str, frozenset[str] | None]) -> Failures:
        wanted = {e: self.asked.get(e, BASE) if asked is None else asked for e, asked in items.items()}
        changed = {e: asked for e, asked in wanted.items() if self.asked.get(e) != asked}
        self.writes += [f"subscribe {enrollment}" for enrollment in sorted(changed)]
        self.asked |= changed
        return {}

    def subscription(self, enrollment: str) -> str:
        return a_subscription(self.asked[enrollment]) if enrollment in self.asked else ""

    async def enforces(self, identifier: str, token: str) -> bool:
        self._answer()
        return identifier in self.enforcing

    async def tell(self, enrollments: Collection[str]) -> Failures:
        if self.mute:
            return dict.fromkeys(enrollments, Unavailable("the MDM answered 503"))
        self.told += sorted(set(enrollments))
        return {}

    async def clear(self, wanted: Collection[Declaration], known: Collection[str]) -> None:
        self.asked = {e: asked for e, asked in self.asked.items() if e in known}

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


def a_promise(declaration: Declaration) -> Promise:
    """How this MDM names a declaration."""
    name = f"{declaration.version}-{declaration.deadline:%m%d}"
    return Promise(declaration, f"pomona-e{name}", f"token-{name}")


def a_subscription(items: frozenset[str]) -> str:
    """How this MDM names the configuration that asks for these items."""
    return f"pomona-u{','.join(sorted(items))}"
