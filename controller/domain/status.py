"""What people see of a device: `Device.status` as a document, and its facts read back from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controller.domain.attention import Attention, Circumstances, attention, overdue
from controller.domain.decisions import Decision
from controller.domain.declarations import Declaration
from controller.domain.facts import Facts, facts_document
from controller.domain.reasons import Reason

#: How the message ends where the brake keeps what is in force.
KEPT = "; the brake keeps what is in force"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A decision and what became of it.

    *declaration* is what is in force, or shall be; *in_force* what is.
    """

    decision: Decision
    facts: Facts | None
    declaration: Declaration | None
    progress: str
    attention: Attention | None
    braked: bool = False
    in_force: Declaration | None = None


def outcome(
    decision: Decision,
    facts: Facts | None,
    circumstances: Circumstances,
    now: datetime,
    *,
    braked: bool,
) -> Outcome:
    """What became of a decision, given what is in force after the plan was carried out."""
    promise = circumstances.promise
    wanted = promise.declaration if braked and promise else decision.verdict.declaration
    progress = _progress(wanted, facts, circumstances, now, braked=braked)
    found = attention(facts, circumstances, now)
    # What is in force on the enrollment belongs to the oldest of the Devices that claim it.
    in_force = promise.declaration if promise and decision.verdict.reason is not Reason.DUPLICATE else None
    return Outcome(decision, facts, wanted, progress, found, braked, in_force)


def _progress(
    wanted: Declaration | None,
    facts: Facts | None,
    circumstances: Circumstances,
    now: datetime,
    *,
    braked: bool,
) -> str:
    promise = circumstances.promise
    held = facts.held if facts else None
    in_force = promise.declaration if promise else None
    if braked or wanted != in_force:
        return "Planned"
    if promise is None:
        # One that left will never say that it let go.
        return "Withdrawing" if facts and held and not facts.enrollment.ended else ""
    if facts and overdue(facts, promise, now):
        return "Overdue"
    if not facts or not held or held.token != promise.token:
        return "Declared"
    state = facts.install_state
    return "Acknowledged" if state in ("", "none") else state[0].upper() + state[1:]


def device_status(outcome: Outcome) -> dict[str, Any]:
    """`Device.status`. Keys without a value are absent."""
    verdict = outcome.decision.verdict
    message = verdict.message + KEPT if outcome.braked else verdict.message
    document: dict[str, Any] = {"reason": str(verdict.reason), "message": message}
    if outcome.decision.policy:
        document["policy"] = outcome.decision.policy
    asked = outcome.declaration
    if asked:
        document["target"] = {"version": str(asked.version), "build": asked.build}
        document["deadline"] = asked.deadline.isoformat()
    if outcome.progress:
        document["progress"] = outcome.progress
    if outcome.attention:
        document["attention"] = {
            "reason": str(outcome.attention.reason),
            "message": outcome.attention.message,
        }
    if outcome.facts:
        document["reported"] = facts_document(outcome.facts)
    return document


#: The moment of the last report alone is written only when it is older than this.
_STALE = timedelta(hours=24)


def worth_writing(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Does a Device's status differ by more than the moment of a recent report?"""
    if before == after:
        return False
    shown, heard = before.get("reported", {}), after.get("reported", {})
    quiet = {**after, "reported": {**heard, "lastReport": shown.get("lastReport")}}
    if before != quiet or "lastReport" not in shown or "lastReport" not in heard:
        return True
    return datetime.fromisoformat(heard["lastReport"]) - datetime.fromisoformat(shown["lastReport"]) > _STALE
