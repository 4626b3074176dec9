"""Reconcile: one plan for the whole fleet.

gather    what is in force, what was reported
plan      every decision, by the rules of `controller.domain`
apply     enforce, withdraw, tell
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from controller.apply import Applied, carry_out, check_lease
from controller.audit import Audit
from controller.domain.attention import Circumstances
from controller.domain.coverage import Coverage
from controller.domain.decisions import Known, Situation
from controller.domain.declarations import Declaration, Promise
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.policies import UpdatePolicy
from controller.domain.proving import GateStatus, Proving
from controller.domain.status import Outcome, outcome
from controller.ledger import Ledger
from controller.listen import Hearing
from controller.ports import Mdm, Member, Rejected, Unavailable
from controller.prove import Prover
from controller.tell import Tellings, unheard

#: The brake looks back so far.
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the cluster asks for: the fleet, its policies, its devices, a person's allowance.

    *known* is what is known of releases; the proofs of the fleet are added to it. *commits* are those that
    policies came from, by name.
    """

    fleet: Fleet
    policies: Sequence[UpdatePolicy]
    members: Mapping[str, Member]
    known: Known
    allowance: int = 0
    commits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle came to. *trouble* is what the MDM as a whole does not do, though it answers."""

    plan: Plan
    outcomes: Sequence[Outcome]
    applied: Applied
    heard: int
    gates: Mapping[str, GateStatus]
    trouble: Unavailable | None = None


@dataclass
class Reconciler:
    """The reconcile flow of one fleet on one MDM. All that it remembers can be learned anew."""

    mdm: Mdm
    ledger: Ledger
    prover: Prover
    may_write: Callable[[], bool]
    report_interval: timedelta
    audit: Audit = field(default_factory=Audit)
    _hearing: Hearing = field(init=False)
    _tellings: Tellings = field(default_factory=Tellings)
    _loose: list[tuple[datetime, int]] = field(default_factory=list)
    _refusals: dict[str, str] = field(default_factory=dict)
    _farewells: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._hearing = Hearing(self.mdm.ours)

    async def cycle(self, wanted: Wanted, now: datetime) -> Cycle:
        """Gather, plan, apply. Raises `Unavailable` or `Rejected` where the MDM as a whole does not work.

        A suspended fleet is only planned: nothing is written to the MDM.
        """
        roster = {m.device.enrollment: m.facts for m in wanted.members.values()}
        self._hearing.remember(roster)
        known = roster.keys() | await self.ledger.recall()
        promises = await self.mdm.promises(known)
        current = {enrollment: promise.declaration for enrollment, promise in promises.items()}
        heard = await self._hearing.poll(self.mdm, roster.keys(), now, self.report_interval)
        made, gates = await self._plan(wanted, promises, current, now)
        applied, trouble = Applied({}, {}), None
        if not wanted.fleet.suspend:
            check_lease(self.may_write)
            await self.ledger.keep(known)
            trail = self.audit.of(made, current, wanted.commits, now)
            applied = await carry_out(made, self.mdm, self.may_write, trail.note)
            if not made.empty:
                promises = await self.mdm.promises(known)
            trouble = await self._tell(roster.keys(), promises, now)
            await self._say_farewell(set(made.withdraw) - roster.keys() - applied.failures.keys())
            await self._clear(made, roster.keys(), known - roster.keys() - promises.keys())
            self._remember(made, applied, now)
        outcomes = self._outcomes(made, promises, now)
        return Cycle(made, outcomes, applied, heard, gates, trouble)

    async def _plan(
        self,
        wanted: Wanted,
        promises: Mapping[str, Promise],
        current: Mapping[str, Declaration],
        now: datetime,
    ) -> tuple[Plan, Mapping[str, GateStatus]]:
        devices = [member.device for member in wanted.members.values()]
        roster = self._roster(devices)
        coverage = Coverage.of(wanted.policies, now)
        proving = Proving(wanted.fleet, coverage, wanted.known)
        check_lease(self.may_write)
        proofs, gates = await self.prover.judge(proving, roster, promises)
        known = replace(wanted.known, proofs=proofs)
        situation = Situation.of(wanted.fleet, coverage, known, devices)
        self._loose = [(at, count) for at, count in self._loose if now - at < HOUR]
        loosened = Loosened(sum(count for _, count in self._loose), wanted.allowance)
        return plan(situation, roster, current, loosened), gates

    def _roster(self, devices: Sequence[Device]) -> list[tuple[Device, Facts | None]]:
        return [(device, self._hearing.facts.get(device.enrollment)) for device in devices]

    async def _tell(
        self, enrollments: Collection[str], promises: Mapping[str, Promise], now: datetime
    ) -> Unavailable | None:
        """Tell who is due; the server's failure, where it tells nobody."""
        facts = self._hearing.facts
        waiting = {e: unheard(promises.get(e), facts.get(e)) for e in enrollments}
        due = self._tellings.due(waiting, now)
        if due:
            await self._tellings.tell(self.mdm.tell, due, waiting, now)
        return self._tellings.trouble

    async def _clear(self, made: Plan, known: Collection[str], free: Collection[str]) -> None:
        """Leave nothing behind that nobody wants, unless that could let go of devices past the brake.

        A fleet without any Device is more likely a mistake than the end of it.
        """
        if known and not made.braked:
            wanted = {d.verdict.declaration for d in made.decisions.values() if d.verdict.declaration}
            await self.mdm.clear(wanted, known)
            await self._strike(free)

    async def _say_farewell(self, gone: set[str]) -> None:
        """Tell devices without a Device once; those that could not be told, the next time."""
        self._farewells |= gone
        if self._farewells:
            untold = await self.mdm.tell(self._farewells)
            self._farewells &= untold.keys()

    async def _strike(self, free: Collection[str]) -> None:
        """Take those out of the ledger who have no Device and hold nothing, once the MDM confirms it."""
        doubtful = await self.mdm.withdraw(free) if free else {}
        await self.ledger.keep(await self.ledger.recall() - (set(free) - doubtful.keys()))

    def _remember(self, made: Plan, applied: Applied, now: datetime) -> None:
        if made.loose:
            self._loose.append((now, len(made.loose - applied.failures.keys())))
        self._refusals = {e: str(f) for e, f in applied.failures.items() if isinstance(f, Rejected)}

    def _outcomes(self, made: Plan, promises: Mapping[str, Promise], now: datetime) -> list[Outcome]:
        outcomes = []
        for decision in made.decisions.values():
            enrollment = decision.enrollment
            circumstances = Circumstances(
                promises.get(enrollment),
                self._refusals.get(enrollment, ""),
                self._tellings.count(enrollment),
            )
            facts = self._hearing.facts.get(enrollment)
            outcomes.append(outcome(decision, facts, circumstances, now, braked=enrollment in made.braked))
        return outcomes
