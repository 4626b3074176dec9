"""What needs a person: the worst thing about a device, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from controller.domain import deadlines
from controller.domain.declarations import Promise
from controller.domain.reports import Facts
from controller.domain.versions import Version

#: A device that says nothing for so long is silent. Apple promises a full report every 24 hours.
SILENCE = timedelta(hours=72)

#: How often a device is told before somebody hears that it does not answer.
TELLINGS = 2


class AttentionReason(StrEnum):
    """Kinds of attention, the worst first."""

    REFUSED = "Refused"
    OVERDUE = "Overdue"
    POWER = "Power"
    SPACE = "Space"
    NETWORK = "Network"
    BOOTSTRAP_TOKEN = "BootstrapToken"  # noqa: S105 (Apple's name of a thing, not a secret)
    BUSY = "Busy"
    NOT_OFFERED = "NotOffered"
    FAILED = "Failed"
    INVALID = "Invalid"
    NOT_ACKNOWLEDGED = "NotAcknowledged"
    SILENT = "Silent"

    @property
    def failure(self) -> bool:
        """Is it one of the failure classes?"""
        return self in _ADVICE


@dataclass(frozen=True, slots=True)
class Attention:
    """The worst thing about a device; *message* ends with what to do."""

    reason: AttentionReason
    message: str


#: Words in Apple's failure texts, which are free text, and the class that each gives away.
_SIGNS = (
    (AttentionReason.BOOTSTRAP_TOKEN, ("bootstrap", "code=7507", "accessrequestdenied")),
    (AttentionReason.POWER, ("battery", "power")),
    (AttentionReason.SPACE, ("space", "disk")),
    (AttentionReason.NETWORK, ("network", "internet", "connection", "offline")),
    (AttentionReason.NOT_OFFERED, ("code=7301", "noupdatefound", "not found", "not available")),
    (AttentionReason.BUSY, ("busy", "phonecall", "in progress", "code=7509")),
)

_ADVICE = {
    AttentionReason.POWER: "ask the user to connect it to power",
    AttentionReason.SPACE: "free some space on it",
    AttentionReason.NETWORK: "see whether it reaches Apple's update servers",
    AttentionReason.BOOTSTRAP_TOKEN: "see that its bootstrap token is escrowed in the MDM",
    AttentionReason.BUSY: "nothing to do unless it stays so",
    AttentionReason.NOT_OFFERED: "see whether Apple still offers this version for the model",
    AttentionReason.FAILED: "look at the device's update log",
}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a device beside its facts: what is in force, and how dealing with it went.

    *refusal* is what the MDM said to the last change; *tellings* how often it was told and did not answer.
    """

    promise: Promise | None = None
    refusal: str = ""
    tellings: int = 0


def attention(facts: Facts | None, circumstances: Circumstances, now: datetime) -> Attention | None:
    """The worst thing that needs a person; None when nothing does."""
    return next(_worst_first(facts, circumstances, now), None)


def _worst_first(facts: Facts | None, circumstances: Circumstances, now: datetime) -> Iterator[Attention]:
    promise = circumstances.promise
    if circumstances.refusal:
        advice = "see that the device is enrolled in the MDM"
        yield Attention(AttentionReason.REFUSED, f"the MDM refused: {circumstances.refusal}; {advice}")
    if facts is None:
        return
    if promise and overdue(facts, promise, now):
        found = f"was due by {promise.declaration.deadline:%Y-%m-%dT%H:%M} and runs {facts.version}"
        yield Attention(AttentionReason.OVERDUE, f"{found}; see that it is on, online and charged")
    if promise:
        yield from _failing(facts, promise)
        yield from _unheard(facts, promise, circumstances.tellings)
    if now - facts.last_report > SILENCE:
        found = f"no report since {facts.last_report:%Y-%m-%d %H}:00 UTC"
        yield Attention(AttentionReason.SILENT, f"{found}; see that it is on and online")


def overdue(facts: Facts, promise: Promise, now: datetime) -> bool:
    """Has the deadline passed everywhere on earth, and does the device still run the old version?"""
    asked, runs = promise.declaration, facts.version or Version(0)
    there = asked.satisfied_by(runs, facts.build, facts.supplemental_build)
    return not there and deadlines.passed(asked.deadline, now)


def _failing(facts: Facts, promise: Promise) -> Iterator[Attention]:
    failure = facts.failure
    if failure.count > 0 and facts.pending.version == str(promise.declaration.version):
        reason = classify(failure.reason)
        times = "once" if failure.count == 1 else f"{failure.count} times"
        found = f"{facts.pending.version} failed {times}: {failure.reason or 'no reason given'}"
        yield Attention(reason, f"{found}; {_ADVICE[reason]}")


def _unheard(facts: Facts, promise: Promise, tellings: int) -> Iterator[Attention]:
    held = facts.held
    acknowledged = held is not None and held.token == promise.token
    if held and acknowledged and held.valid == "invalid":
        found = f"calls the enforcement of {promise.declaration.version} invalid"
        yield Attention(AttentionReason.INVALID, f"{found}; see its reasons in the MDM")
    if not acknowledged and tellings >= TELLINGS:
        found = f"was told {tellings} times and does not hold the enforcement"
        advice = "see that its push works and that declarative management is on"
        yield Attention(AttentionReason.NOT_ACKNOWLEDGED, f"{found}; {advice}")


def classify(text: str) -> AttentionReason:
    """The class of a failure by Apple's free text; Failed when nothing in it is known."""
    lower = text.lower()
    for reason, signs in _SIGNS:
        if any(sign in lower for sign in signs):
            return reason
    return AttentionReason.FAILED
