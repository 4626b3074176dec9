"""What a set of policies would change: the decisions that it leads to, beside what is in force."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from controller.domain import changes, deadlines
from controller.domain.changes import Change
from controller.domain.coverage import Coverage
from controller.domain.decisions import Decision, Known, Situation
from controller.domain.declarations import Declaration, Promise
from controller.domain.devices import Device
from controller.domain.facts import Facts
from controller.domain.fleets import Fleet
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.proving import GateStatus, Proving
from controller.domain.reasons import Reason
from controller.domain.shown import Shown
from controller.domain.versions import Platform


@dataclass(frozen=True, slots=True)
class Subject:
    """A device as it is: what it reported, and what its status shows."""

    device: Device
    facts: Facts | None
    shown: Shown


@dataclass(frozen=True, slots=True)
class Row:
    """One device: as it is, and what is decided. *braked*: the change is a withdrawal that is held back."""

    subject: Subject
    platform: Platform | None
    decision: Decision
    change: Change | None
    braked: bool

    @property
    def before(self) -> Declaration | None:
        """What is in force."""
        return self.subject.shown.declaration

    @property
    def after(self) -> Declaration | None:
        """What is in force once the plan is carried out."""
        kept = self.braked or self.change is None
        return self.before if kept else self.decision.verdict.declaration


@dataclass(frozen=True, slots=True)
class DueDay:
    """One moment on the devices' clocks, and who is due then. So many of them are *new* to it."""

    moment: datetime
    devices: Mapping[Platform | None, int]
    new: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """All rows in the order of their names. *decided* is False where no release is on offer to anybody.

    Then nothing changes, as the operator decides nothing before its first believed reading.
    """

    situation: Situation
    rows: Sequence[Row]
    plan: Plan
    gates: Mapping[str, GateStatus]
    decided: bool

    @property
    def changed(self) -> Sequence[Row]:
        """The devices for which something would change, what is held back among them."""
        return [row for row in self.rows if row.change]

    def listed(self) -> Sequence[Row]:
        """All devices, those for which something would change before the others."""
        return [*self.changed, *(row for row in self.rows if not row.change)]

    def changes(self) -> Mapping[Change, int]:
        """How many devices each kind of change is for."""
        counts = Counter(row.change for row in self.rows)
        return {change: counts[change] for change in Change}

    def reasons(self) -> Mapping[str, tuple[int, int]]:
        """How many devices have each reason: before and after, in the order of the rules."""
        before = Counter(row.subject.shown.reason for row in self.rows)
        after = Counter(str(row.decision.verdict.reason) for row in self.rows)
        order = [*map(str, Reason), *sorted(before.keys() - {*Reason, ""})]
        return {name: (before[name], after[name]) for name in order if before[name] or after[name]}

    def policies(self) -> Mapping[str, tuple[int, int]]:
        """How many devices each policy covers: before and after, in the order in which they are asked."""
        before = Counter(row.subject.shown.policy for row in self.rows)
        after = Counter(row.decision.policy for row in self.rows)
        order = [policy.name for policy in self.situation.coverage.policies]
        order += sorted(before.keys() - {*order, ""})
        return {name: (before[name], after[name]) for name in order}

    def due(self) -> Sequence[DueDay]:
        """Who is due when, once the plan is carried out."""
        counts: dict[datetime, Counter[Platform | None]] = defaultdict(Counter)
        new: Counter[datetime] = Counter()
        for row in self.rows:
            if row.after:
                moment = row.after.deadline
                counts[moment][row.platform] += 1
                new[moment] += row.before is None or row.before.deadline != moment
        passed = {moment: deadlines.passed(moment, self.situation.now) for moment in counts}
        return [DueDay(m, _by_platform(counts[m]), new[m], passed[m]) for m in sorted(counts)]


def _by_platform(counts: Mapping[Platform | None, int]) -> Mapping[Platform | None, int]:
    return {of: counts[of] for of in (*Platform, None) if of in counts}


def forecast(
    fleet: Fleet,
    coverage: Coverage,
    known: Known,
    subjects: Sequence[Subject],
    allowance: int,
) -> Forecast:
    """Judge the gates and plan as the operator does, and compare."""
    decided = known.catalog.public_pairs() > 0
    promises = {s.device.enrollment: _promise(s) for s in subjects if s.shown.declaration} if decided else {}
    roster = [(subject.device, subject.facts) for subject in subjects]
    situation, gates = Proving(fleet, coverage, known).situation(roster, promises)
    current = {enrollment: promise.declaration for enrollment, promise in promises.items()}
    made = plan(situation, roster, current, Loosened(0, allowance))
    by_name = sorted(subjects, key=lambda subject: subject.device.name)
    rows = [_row(subject, made, coverage, decided=decided) for subject in by_name]
    return Forecast(situation, rows, made, gates, decided)


def _promise(subject: Subject) -> Promise:
    """What is in force, as the device holds it: status does not tell how the MDM names it."""
    held, declaration = subject.facts.held if subject.facts else None, subject.shown.declaration
    if declaration is None:
        raise ValueError(f"nothing is in force on {subject.device.name}")
    return Promise(declaration, held.identifier if held else "", held.token if held else "")


def _row(subject: Subject, made: Plan, coverage: Coverage, *, decided: bool) -> Row:
    decision = made.decisions[subject.device.name]
    facts = subject.facts
    platform = coverage.covering(subject.device, facts)[0] if facts else None
    owned = decided and decision.verdict.reason is not Reason.DUPLICATE
    change = changes.change(subject.shown.declaration, decision.verdict.declaration) if owned else None
    return Row(subject, platform, decision, change, decision.enrollment in made.braked)
