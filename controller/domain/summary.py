"""What people see of a policy and of a fleet: counts, the newest target, the worst devices."""

from heapq import nsmallest
from typing import Any

from controller.domain.attention import PLACES, Attention, AttentionReason
from controller.domain.proving import GateStatus
from controller.domain.tallies import Tally, counts

#: So many devices are named in a policy's status.
NAMED = 50


def attention_counts(tally: Tally) -> dict[str, int]:
    """`status.attentionCounts`, the worst first."""
    return {str(reason): tally.attention[reason] for reason in AttentionReason if tally.attention[reason]}


def fleet_document(tally: Tally) -> dict[str, Any]:
    """The part of a Fleet's status that its devices make."""
    return {"devices": dict(counts(tally)), "attentionCounts": attention_counts(tally)}


def policy_document(tally: Tally, gate: GateStatus | None) -> dict[str, Any]:
    """The part of an UpdatePolicy's status that its devices make; None where there is nothing to say."""
    document = {**fleet_document(tally), "target": None, "gate": gate_document(gate) if gate else None}
    asked = [release for release, count in tally.releases.items() if count]
    if asked:
        newest = max(version for version, _ in asked)
        posted = min(posted for version, posted in asked if version == newest)
        document["target"] = {"version": str(newest), "posted": posted.isoformat()}
    document["attention"] = [
        {"device": device, "reason": str(attention.reason), "message": attention.message}
        for device, attention in nsmallest(NAMED, tally.troubled.items(), key=_severity)
    ]
    document["truncated"] = len(tally.troubled) > NAMED
    return document


def _severity(troubled: tuple[str, Attention]) -> tuple[int, str]:
    device, attention = troubled
    return PLACES[attention.reason], device


def gate_document(gate: GateStatus) -> dict[str, Any]:
    """`UpdatePolicy.status.gate`."""
    trial = gate.trial
    return {
        "open": gate.open,
        "version": str(gate.version or ""),
        "healthy": trial.healthy,
        "needed": gate.needed,
        "failing": trial.failing,
        "pending": trial.pending,
        "message": gate.message,
    }
