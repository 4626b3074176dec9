"""What needs a person: the worst thing about a device, and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from controller.domain import deadlines
from controller.domain.declarations import Promise
from controller.domain.enrollments import BootstrapToken
from controller.domain.facts import Facts
from controller.domain.versions import Version, needs_bootstrap_token

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
    FOREIGN = "Foreign"
    SILENT = "Silent"

    @property
    def failure(self) -> bool:
        """Is it one of the failure classes?"""
        return self in _ADVICE


#: How bad each is: 0 is the worst.
PLACES = {reason: place for place, reason in enumerate(AttentionReason)}


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
    *model* is what its author says of one that does not say it.
    """

    promise: Promise | None = None
    refusal: str = ""
    tellings: int = 0
    model: str = ""


def attention(facts: Facts | None, circumstances: Circumstances, now: datetime) -> Attention | None:
    """The worst thing that needs a person; None when nothing does."""
    found = _all(facts, circumstances, now)
    return min(found, key=lambda one: PLACES[one.reason], default=None)


def _all(facts: Facts | None, circumstances: Circumstances, now: datetime) -> Iterator[Attention]:
    if circumstances.refusal:
        advice = "see that the device is enrolled in the MDM"
        yield Attention(AttentionReason.REFUSED, f"the MDM refused: {circumstances.refusal}; {advice}")
    if facts is None or facts.enrollment.ended:
        return
    promise = circumstances.promise
    if promise:
        yield from _not_there(facts, promise, facts.model or circumstances.model, now)
    yield from _unheard(facts, promise, circumstances.tellings)
    if facts.foreign:
        found = f"holds another enforcement: {', '.join(facts.foreign)}"
        yield Attention(AttentionReason.FOREIGN, f"{found}; take it away where it was made")
    if facts.silent(now):
        found = f"no report since {facts.last_report:%Y-%m-%d %H}:00 UTC"
        yield Attention(AttentionReason.SILENT, f"{found}; see that it is on and online")


def overdue(facts: Facts, promise: Promise, now: datetime) -> bool:
    """Has the deadline passed everywhere on earth, and does the device still run the old version?"""
    return not _satisfied(facts, promise) and deadlines.passed(promise.declaration.deadline, now)


def _satisfied(facts: Facts, promise: Promise) -> bool:
    runs = facts.version or Version(0)
    return promise.declaration.satisfied_by(runs, facts.build, facts.supplemental_build)


def _not_there(facts: Facts, promise: Promise, model: str, now: datetime) -> Iterator[Attention]:
    """What keeps a device from what it is asked for; nothing does once it is there, whatever it says."""
    asked = promise.declaration
    if _satisfied(facts, promise):
        return
    if deadlines.passed(asked.deadline, now):
        found = f"was due by {asked.deadline:%Y-%m-%dT%H:%M} and runs {facts.version}"
        yield Attention(AttentionReason.OVERDUE, f"{found}; see that it is on, online and charged")
    if facts.failed_at(asked.version):
        yield _failed(facts)
    if facts.enrollment.bootstrap_token is BootstrapToken.MISSING and needs_bootstrap_token(model):
        found = f"cannot install {asked.version} by itself: no bootstrap token is escrowed for it"
        advice = "have it escrowed, such as by its next sign-in of an administrator"
        yield Attention(AttentionReason.BOOTSTRAP_TOKEN, f"{found}; {advice}")
    held = facts.held
    if held and held.token == promise.token and held.valid == "invalid":
        found = f"calls the enforcement of {asked.version} invalid"
        codes = f" ({', '.join(held.reasons)})" if held.reasons else ""
        advice = "see that it is supervised and that its OS takes enforcements"
        yield Attention(AttentionReason.INVALID, f"{found}{codes}; {advice}")


def _failed(facts: Facts) -> Attention:
    failure, reason = facts.failure, classify(facts.failure.reason)
    times = "once" if failure.count == 1 else f"{failure.count} times"
    found = f"{facts.pending.version} failed {times}: {failure.reason or 'no reason given'}"
    return Attention(reason, f"{found}; {_ADVICE[reason]}")


def _unheard(facts: Facts, promise: Promise | None, tellings: int) -> Iterator[Attention]:
    token = facts.held.token if facts.held else ""
    if tellings < TELLINGS or token == (promise.token if promise else ""):
        return
    does = "does not hold the enforcement" if promise else "holds what was withdrawn"
    advice = "see that its push works and that declarative management is on"
    yield Attention(AttentionReason.NOT_ACKNOWLEDGED, f"was told {tellings} times and {does}; {advice}")


def classify(text: str) -> AttentionReason:
    """The class of a failure by Apple's free text; Failed when nothing in it is known."""
    lower = text.lower()
    for reason, signs in _SIGNS:
        if any(sign in lower for sign in signs):
            return reason
    return AttentionReason.FAILED
