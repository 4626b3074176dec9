"""What a person should know before a set of policies is put in force."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from controller.domain import deadlines
from controller.domain.changes import Change
from controller.domain.due import days
from controller.domain.forecast import Forecast, Row
from controller.domain.policies import UpdatePolicy


class CautionReason(StrEnum):
    """Kinds of cautions, the gravest first."""

    NOTHING_OFFERED = "NothingOffered"
    NO_FLEET = "NoFleet"
    UNREADABLE = "Unreadable"
    FLEET_SUSPENDED = "FleetSuspended"
    FLEET_RETIRED = "FleetRetired"
    INVALID_SPEC = "InvalidSpec"
    INVALID_GATE = "InvalidGate"
    BRAKE = "Brake"
    SHORT_NOTICE = "ShortNotice"
    EXPLOITED_OUT_OF_REACH = "ExploitedOutOfReach"
    GATE_STUCK = "GateStuck"
    GATE_CLOSED = "GateClosed"
    NO_DEVICES = "NoDevices"
    NOT_GIVEN = "NotGiven"
    EXPLOITED_UNKNOWN = "ExploitedUnknown"
    PROOFS_UNKNOWN = "ProofsUnknown"


@dataclass(frozen=True, slots=True)
class Caution:
    """One of them; *policy* is the one that it is about, or empty, *devices* how many it touches."""

    reason: CautionReason
    message: str
    policy: str = ""
    devices: int = 0


def cautions(forecast: Forecast) -> list[Caution]:
    """Everything that the forecast itself gives reason for, the gravest first."""
    looks: Sequence[Callable[[Forecast], Iterator[Caution]]] = (
        _suspended,
        _retired,
        _faults,
        _brake,
        _short_notice,
        _out_of_reach,
        _gates,
        _idle,
    )
    return [caution for look in looks for caution in look(forecast)]


def in_order(listed: Sequence[Caution]) -> list[Caution]:
    """The gravest first; those of one kind as they come."""
    places = {reason: place for place, reason in enumerate(CautionReason)}
    return sorted(listed, key=lambda caution: places[caution.reason])


def devices(count: int) -> str:
    """So many devices, for people."""
    return "1 device" if count == 1 else f"{count:,} devices"


def _suspended(forecast: Forecast) -> Iterator[Caution]:
    if forecast.situation.fleet.suspend:
        told = "the Fleet is suspended: nothing of this is written to the MDM before spec.suspend is false"
        yield Caution(CautionReason.FLEET_SUSPENDED, told)


def _retired(forecast: Forecast) -> Iterator[Caution]:
    if forecast.situation.fleet.retire:
        told = "the Fleet is retired: nothing is enforced before spec.retire is false"
        yield Caution(CautionReason.FLEET_RETIRED, told)


def _faults(forecast: Forecast) -> Iterator[Caution]:
    covered = _covered(forecast)
    for policy in forecast.situation.coverage.policies:
        if policy.fault:
            many = covered[policy.name]
            keep = "keeps what it has" if many == 1 else "keep what they have"
            rest = f"; its {devices(many)} {keep}" if many else ""
            told = f"{policy.name} cannot be followed: {policy.fault.message}{rest}"
            yield Caution(CautionReason(policy.fault.reason), told, policy.name, many)


def _brake(forecast: Forecast) -> Iterator[Caution]:
    held = len(forecast.plan.braked)
    if held:
        told = (
            f"the brake would hold back {held:,} {'withdrawal' if held == 1 else 'withdrawals'} "
            f"of {forecast.plan.in_force:,} enforcements in force; to let them go, "
            f'annotate the Fleet with pomona.dev/allow-withdrawals="{held}"'
        )
        yield Caution(CautionReason.BRAKE, told, devices=held)


def _short_notice(forecast: Forecast) -> Iterator[Caution]:
    """Those that are promised something new or sooner, by the notice rather than by the days."""
    short: Counter[tuple[str, int, int]] = Counter()
    policies = _by_name(forecast)
    for row in forecast.rows:
        policy = policies.get(row.decision.policy)
        if policy and _by_notice(row, policy, forecast):
            due = row.decision.verdict.due
            notice, planned = policy.deadline.notice_days, due.oldest.days if due else 0
            if planned > notice:
                short[policy.name, notice, planned] += 1
    today = forecast.situation.now.date()
    for (name, notice, planned), many in sorted(short.items()):
        told = (
            f"{name}: {devices(many)} {'gets' if many == 1 else 'get'} {days(notice)}, not {planned}: "
            f'set deadline.notBefore, such as "{today + timedelta(days=planned)}"'
        )
        yield Caution(CautionReason.SHORT_NOTICE, told, name, many)


def _by_notice(row: Row, policy: UpdatePolicy, forecast: Forecast) -> bool:
    """Is it the notice that sets the day of what is promised here and now?"""
    due, after, now = row.decision.verdict.due, row.after, forecast.situation.now
    if due is None or after is None or row.change not in (Change.ENFORCE, Change.MOVE):
        return False
    if row.before and row.before.deadline <= after.deadline:
        return False
    planned = due.calendar.last(due.day)
    if planned and planned >= deadlines.soonest(now, policy.deadline.notice_days, due.calendar):
        return False
    return (after.deadline.date() - now.date()).days < due.oldest.days


def _out_of_reach(forecast: Forecast) -> Iterator[Caution]:
    """The notice is never cut short, so what is due sooner than that cannot be."""
    touched = Counter(
        row.decision.policy
        for row in forecast.rows
        if row.change and (due := row.decision.verdict.due) and due.oldest.exploited
    )
    for policy in forecast.situation.coverage.policies:
        deadline, wanted = policy.deadline, policy.deadline.exploited_days
        least = deadlines.least_days(deadline.notice_days, deadline.calendar.at)
        if policy.target and wanted is not None and wanted < least:
            notice = days(deadline.notice_days)
            told = (
                f"{policy.name}: deadline.exploitedDays {wanted} is out of reach: {notice} of notice end "
                f"{days(least)} after a release at the soonest, where clocks are furthest ahead; "
                f"lower deadline.noticeDays"
            )
            yield Caution(CautionReason.EXPLOITED_OUT_OF_REACH, told, policy.name, touched[policy.name])


def _gates(forecast: Forecast) -> Iterator[Caution]:
    covered = _covered(forecast)
    for name, gate in sorted(forecast.gates.items()):
        if not gate.open:
            never = not gate.trial.offered_to_none and gate.trial.possible < gate.needed
            reason = CautionReason.GATE_STUCK if never else CautionReason.GATE_CLOSED
            yield Caution(reason, f"the gate of {name} is closed: {gate.message}", name, covered[name])


def _idle(forecast: Forecast) -> Iterator[Caution]:
    covered = _covered(forecast)
    idle = [p.name for p in forecast.situation.coverage.policies if not covered[p.name]]
    advice = "see platform, selector and priority"
    if len(idle) == 1:
        yield Caution(CautionReason.NO_DEVICES, f"{idle[0]} covers no device: {advice}", idle[0])
    elif idle:
        told = f"{len(idle)} policies cover no device: {', '.join(idle)}; {advice}"
        yield Caution(CautionReason.NO_DEVICES, told)


def _covered(forecast: Forecast) -> Mapping[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for row in forecast.rows:
        counts[row.decision.policy] += 1
    return counts


def _by_name(forecast: Forecast) -> Mapping[str, UpdatePolicy]:
    return {policy.name: policy for policy in forecast.situation.coverage.policies}
