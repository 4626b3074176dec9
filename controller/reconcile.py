"""Reconcile: one plan for the whole fleet.

gather    what is in force, what was reported
plan      every decision, by the rules of `controller.domain`
apply     enforce, withdraw, tell

A *cycle* looks at everything. Between two of them, a *reaction* decides anew about the devices that reported.
"""

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from controller.apply import Applied, carry_out, check_lease
from controller.audit import Audit
from controller.cycle import Cycle
from controller.domain.attention import Circumstances
from controller.domain.coverage import Coverage
from controller.domain.decisions import Decision, Situation
from controller.domain.declarations import Promise
from controller.domain.enrollments import Event, Topic
from controller.domain.planning import Loosened
from controller.domain.proving import Proving
from controller.domain.status import Outcome, outcome
from controller.leaving import Leaving
from controller.listen import Hearing
from controller.ports import Mdm, Rejected
from controller.prove import Prover
from controller.renewing import renew
from controller.retiring import retire
from controller.standing import Standing, Wanted
from controller.tell import Tellings, unheard

#: The brake looks back so far.
HOUR = timedelta(hours=1)

#: Between two looks at whose reports have not been read for long.
LOOK = timedelta(seconds=5)

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Reconciler:
    """The reconcile flow of one fleet on one MDM. All that it remembers can be learned anew."""

    mdm: Mdm
    hearing: Hearing
    leaving: Leaving
    prover: Prover
    audit: Audit
    may_write: Callable[[], bool]
    report_interval: timedelta
    _tellings: Tellings = field(default_factory=Tellings)
    _loose: list[tuple[datetime, int]] = field(default_factory=list)
    _refusals: dict[str, str] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)
    _looked: datetime = _NEVER
    _standing: Standing | None = None

    def hear(self, events: Collection[Event]) -> None:
        """Take in what the MDM's events say; the next cycle or reaction is about it."""
        # Their queues were emptied, and they can be woken only now.
        fresh = (e.enrollment for e in events if e.topic is Topic.AUTHENTICATE or e.pushable)
        self._tellings.forget(fresh)
        self._changed |= self.hearing.note(events)

    def knows(self, enrollment: str) -> bool:
        """Was its Device decided about in the last cycle?"""
        return self._standing is not None and enrollment in self._standing.owners

    def needs_cycle(self) -> bool:
        """Is a reaction not enough? The last cycle did not come to its end, or a device enrolled anew."""
        standing = self._standing
        return standing is None or (bool(self.hearing.renewed) and standing.wanted.fleet.asks)

    async def cycle(self, wanted: Wanted, now: datetime) -> Cycle:
        """Gather, plan, apply. Raises `Unavailable` or `Rejected` where the MDM as a whole does not work.

        A suspended fleet is only planned: nothing is written to the MDM. A retired one lets go of everything.
        """
        self._standing = None
        roster = {m.device.enrollment: m.facts for m in wanted.members.values()}
        self.hearing.remember(roster)
        known = await self.leaving.begin(roster)
        promises = await self.mdm.promises(known)
        await self._ask(roster, now, everybody=True)
        if wanted.fleet.asks and self.hearing.renewed:
            check_lease(self.may_write)
            await renew(self.mdm, self.hearing, self.audit, wanted, promises, now)
            promises = self.mdm.in_force(known)
        standing = await self._plan(wanted, promises, now)
        applied = Applied({}, {})
        if wanted.fleet.asks:
            await self.leaving.ledger.keep(known)
            self._refusals.clear()
            applied = await self._apply(standing, roster, now)
            self._tellings.forget(self._tellings.known() - roster.keys())
            await self._tell(roster, now)
            await self.leaving.clear(standing.plan, applied.failures, roster.keys())
        elif not wanted.fleet.suspend:
            check_lease(self.may_write)
            applied = await retire(self.leaving, self.hearing, self.audit, standing, known, now)
            self._tellings.forget(list(self._tellings.known()))
            self._refusals.clear()
        return self._show(standing, standing.plan.decisions.values(), known, applied, now)

    async def react(self, now: datetime) -> Cycle | None:
        """Decide anew about the devices of which something else is known now; None when that is nobody.

        Everything else is as in the last cycle, which has come to its end.
        """
        standing = self._standing
        if standing is None:
            raise RuntimeError("a reaction needs a cycle before it")
        await self._ask(standing.owners, now, everybody=False)
        changed = self._changed & standing.owners.keys()
        if not changed:
            self._changed.clear()
            return None
        self._standing, applied = None, Applied({}, {})
        # What a person allowed was for the plan of the cycle.
        standing.react(self.hearing.facts, changed, self._loosened(now, 0), now)
        if standing.wanted.fleet.asks:
            applied = await self._apply(standing, changed, now)
            changed = changed.union(standing.plan.withdraw, *standing.plan.enforce.values())
            await self._tell(changed & standing.owners.keys(), now)
        return self._show(standing, standing.decisions(changed), changed, applied, now)

    async def _ask(self, enrollments: Mapping[str, object], now: datetime, *, everybody: bool) -> None:
        """Read the reports of those who are due; a device that left is not asked any more.

        Unless *everybody* is looked at, who was not heard for long is looked for now and then, and not with
        each report of another one.
        """
        facts = self.hearing.facts
        asked: Set[str] = self.hearing.announced(enrollments)
        if everybody or not asked or now - self._looked >= min(LOOK, self.report_interval):
            self._looked, asked = now, enrollments.keys()
        enrolled = [e for e in asked if e not in facts or not facts[e].enrollment.ended]
        due = self.hearing.due(enrolled, now, self.report_interval)
        self._changed |= await self.hearing.ask(self.mdm, due, now, self.report_interval)

    async def _plan(self, wanted: Wanted, promises: Mapping[str, Promise], now: datetime) -> Standing:
        devices = [member.device for member in wanted.members.values()]
        roster = [(device, self.hearing.facts.get(device.enrollment)) for device in devices]
        coverage = Coverage.of(wanted.policies, now)
        check_lease(self.may_write)
        proving = Proving(wanted.fleet, coverage, wanted.known)
        proofs, gates = await self.prover.judge(proving, roster, promises)
        known = replace(wanted.known, proofs=proofs)
        situation = Situation.of(wanted.fleet, coverage, known, devices)
        loosened = self._loosened(now, wanted.allowance)
        return Standing.of(wanted, situation, roster, promises, gates, loosened)

    def _loosened(self, now: datetime, allowance: int) -> Loosened:
        self._loose = [(at, count) for at, count in self._loose if now - at < HOUR]
        return Loosened(sum(count for _, count in self._loose), allowance)

    async def _apply(self, standing: Standing, decided: Collection[str], now: datetime) -> Applied:
        """Carry out what the plan asks for, and have the devices that were decided about subscribed."""
        check_lease(self.may_write)
        made, facts = standing.plan, self.hearing.facts
        items: dict[str, frozenset[str] | None] = {}
        for enrollment in decided:
            known = facts.get(enrollment)
            if known is None or not known.enrollment.ended:
                items[enrollment] = (known.supports or None) if known else None
        trail = self.audit.of(made, standing.current, standing.wanted.commits, now)
        applied = await carry_out(made, items, self.mdm, self.may_write, trail.note)
        if made.loose:
            self._loose.append((now, len(made.loose - applied.failures.keys())))
        for enrollment in decided:
            self._refusals.pop(enrollment, None)
        self._refusals |= {e: str(f) for e, f in applied.failures.items() if isinstance(f, Rejected)}
        return applied

    async def _tell(self, enrollments: Collection[str], now: datetime) -> None:
        """Tell who is due."""
        facts, promises, asked = self.hearing.facts, self.mdm.in_force(enrollments), self.mdm.subscription
        waiting = {e: unheard(promises.get(e), asked(e), facts.get(e), now) for e in enrollments}
        due = self._tellings.due(waiting, now)
        if due:
            await self._tellings.tell(self.mdm.tell, due, waiting, now)

    def _show(
        self,
        standing: Standing,
        decisions: Collection[Decision],
        enrollments: Collection[str],
        applied: Applied,
        now: datetime,
    ) -> Cycle:
        """What became of these decisions about these enrollments; the standing is whole again."""
        promises = self.mdm.in_force(enrollments)
        standing.now_in_force(enrollments, promises)
        outcomes = [self._outcome(standing, d, promises.get(d.enrollment), now) for d in decisions]
        touched = frozenset[str]().union(*map(standing.tallies.put, outcomes))
        self._standing = standing
        self._changed.clear()
        trouble = None if standing.wanted.fleet.suspend else self._tellings.trouble
        return Cycle(standing.plan, standing.tallies, outcomes, touched, applied, standing.gates, trouble)

    def _outcome(
        self, standing: Standing, decision: Decision, promise: Promise | None, now: datetime
    ) -> Outcome:
        enrollment, device = decision.enrollment, standing.wanted.members[decision.device].device
        refusal, tellings = self._refusals.get(enrollment, ""), self._tellings.count(enrollment)
        circumstances = Circumstances(promise, refusal, tellings, device.model)
        facts, braked = self.hearing.facts.get(enrollment), enrollment in standing.plan.braked
        return outcome(decision, facts, circumstances, now, braked=braked)
