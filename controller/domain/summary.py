"""What people see of a policy and of a fleet: counts, the newest target, the worst devices."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from controller.domain.attention import AttentionReason
from controller.domain.proving import GateStatus
from controller.domain.reasons import Reason
from controller.domain.status import Outcome

#: So many devices are named in a policy's status.
NAMED = 50

_SEVERITY = {reason: place for place, reason in enumerate(AttentionReason)}


def devices_document(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """`status.devices`. failed and overdue are parts of enforced; the others add up to total."""
    counts = Counter(
        dict.fromkeys(
            ("total", "upToDate", "enforced", "waiting", "unknown", "excluded", "failed", "overdue"), 0
        )
    )
    for outcome in outcomes:
        reason = outcome.decision.verdict.reason
        counts["total"] += 1
        counts[reason.tally] += 1
        if reason is Reason.ENFORCED and outcome.attention:
            counts["failed"] += outcome.attention.reason.failure
            counts["overdue"] += outcome.attention.reason is AttentionReason.OVERDUE
    return dict(counts)


def attention_counts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """`status.attentionCounts`, the worst first."""
    counts = Counter(outcome.attention.reason for outcome in outcomes if outcome.attention)
    return {str(reason): counts[reason] for reason in AttentionReason if counts[reason]}


def fleet_document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """The part of a Fleet's status that its devices make."""
    return {"devices": devices_document(outcomes), "attentionCounts": attention_counts(outcomes)}


def policy_document(outcomes: Sequence[Outcome], gate: GateStatus | None) -> dict[str, Any]:
    """The part of an UpdatePolicy's status that its devices make; None where there is nothing to say."""
    document = {**fleet_document(outcomes), "target": None, "gate": gate_document(gate) if gate else None}
    releases = [o.decision.verdict.release for o in outcomes if o.decision.verdict.release]
    if releases:
        newest = max(releases, key=lambda release: release.version)
        posted = min(release.posted for release in releases if release.version == newest.version)
        document["target"] = {"version": str(newest.version), "posted": posted.isoformat()}
    troubled = sorted(
        ((_SEVERITY[o.attention.reason], o.decision.device, o.attention) for o in outcomes if o.attention),
        key=lambda row: row[:2],
    )
    document["attention"] = [
        {"device": device, "reason": str(attention.reason), "message": attention.message}
        for _, device, attention in troubled[:NAMED]
    ]
    document["truncated"] = len(troubled) > NAMED
    return document


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
