"""A forecast as a document, for scripts. docs/commands/plan.md tells the keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from controller.domain.cautions import Caution
from controller.domain.declarations import Declaration
from controller.domain.forecast import DueDay, Forecast, Row


def forecast_document(forecast: Forecast, cautions: Sequence[Caution]) -> dict[str, Any]:
    """Everything, each device with it; keys without a value are null."""
    rows = forecast.rows
    return {
        "at": f"{forecast.situation.now:%Y-%m-%dT%H:%M:%SZ}",
        "decided": forecast.decided,
        "total": len(rows),
        "changed": len(forecast.changed),
        "changes": {str(change): count for change, count in forecast.changes().items()},
        "heldBack": len(forecast.plan.braked),
        "inForce": _pair((sum(row.before is not None for row in rows), sum(map(_stands, rows)))),
        "reasons": {name: _pair(counts) for name, counts in forecast.reasons().items()},
        "policies": {name: _pair(counts) for name, counts in forecast.policies().items()},
        "deadlines": [_due(day) for day in forecast.due()],
        "warnings": [
            {"reason": str(c.reason), "policy": c.policy or None, "devices": c.devices, "message": c.message}
            for c in cautions
        ],
        "devices": [_row(row) for row in forecast.listed()],
    }


def _stands(row: Row) -> bool:
    return row.after is not None


def _pair(counts: tuple[int, int]) -> Mapping[str, int]:
    return {"before": counts[0], "after": counts[1]}


def _due(day: DueDay) -> dict[str, Any]:
    counts = {str(platform or "unknown"): count for platform, count in day.devices.items()}
    return {
        "deadline": day.moment.isoformat(),
        "devices": sum(counts.values()),
        "platforms": counts,
        "new": day.new,
        "passed": day.passed,
    }


def _row(row: Row) -> dict[str, Any]:
    decision, shown, facts = row.decision, row.subject.shown, row.subject.facts
    return {
        "name": decision.device,
        "platform": str(row.platform) if row.platform else None,
        "version": str(facts.version) if facts and facts.version else None,
        "change": str(row.change) if row.change else None,
        "heldBack": row.braked,
        "reason": {"before": shown.reason or None, "after": str(decision.verdict.reason)},
        "policy": {"before": shown.policy or None, "after": decision.policy or None},
        "enforcement": {"before": _declaration(row.before), "after": _declaration(row.after)},
        "message": decision.verdict.message,
    }


def _declaration(declaration: Declaration | None) -> dict[str, Any] | None:
    if declaration is None:
        return None
    return {
        "version": str(declaration.version),
        "build": declaration.build,
        "deadline": declaration.deadline.isoformat(),
        "detailsURL": declaration.details_url or None,
    }
