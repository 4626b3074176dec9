"""An explanation, as people read it and as programs do."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from controller.cli.tenants import Told
from controller.domain.declarations import Declaration
from controller.domain.enforcements import in_force
from controller.domain.enrollments import BootstrapToken
from controller.domain.explaining import Explanation
from controller.domain.facts import Facts, facts_document
from controller.domain.summary import gate_document

#: What becomes of what is in force.
_CHANGES = {
    "enforce": "to be put in force: what is asked for",
    "move": "to be replaced by what is asked for",
    "withdraw": "to be withdrawn",
}


def document(told: Told, namespace: str, now: datetime) -> dict[str, Any]:
    """For programs. What the rules never looked at is empty, and what there is not is null."""
    explanation = told.explanation
    decision, facts, standing = explanation.decision, explanation.facts, in_force(told.status)
    return {
        "device": explanation.device.name,
        "namespace": namespace,
        "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "labels": dict(sorted(explanation.device.labels)),
        "reported": facts_document(facts) if facts else None,
        "policies": [
            {"name": p.name, "priority": p.priority, "covers": p.covers, "why": p.why}
            for p in explanation.policies
        ],
        "releases": [
            {"version": r.name, "posted": r.posted.isoformat(), "asked": r.asked, "why": r.why}
            for r in explanation.releases
        ],
        "gate": gate_document(explanation.gate) if explanation.gate else None,
        "steps": [{"rule": s.rule, "at": s.at.isoformat(), "why": s.why} for s in explanation.steps],
        "reason": str(decision.verdict.reason),
        "message": decision.verdict.message,
        "policy": decision.policy or None,
        **_asked(decision.verdict.declaration),
        "inForce": standing.document() if standing else None,
        "progress": told.status.get("progress") or None,
        "attention": _attention(told.status),
        "change": explanation.change or None,
        "remarks": list(told.remarks),
    }


def _attention(status: Mapping[str, Any]) -> dict[str, str] | None:
    found = status.get("attention")
    if not isinstance(found, Mapping) or not found:
        return None
    return {"reason": str(found.get("reason", "")), "message": str(found.get("message", ""))}


def _asked(declaration: Declaration | None) -> dict[str, Any]:
    if declaration is None:
        return {"target": None, "deadline": None}
    target = {"version": str(declaration.version), "build": declaration.build}
    return {"target": target, "deadline": declaration.deadline.isoformat()}


def prose(told: Told, now: datetime) -> Iterator[str]:
    """For people: the answer first, then what it was made of."""
    explanation, verdict = told.explanation, told.explanation.decision.verdict
    yield f"{explanation.device.name}, {now:%Y-%m-%d %H:%M} UTC: {verdict.reason}"
    yield f"  {verdict.message}"
    yield from (f"  {remark}" for remark in told.remarks)
    yield from _paragraph("What it said last", _said(explanation.facts))
    yield from _paragraph("What is in force, by its status", _standing(told))
    yield from _considered(explanation)
    if explanation.gate:
        yield from _paragraph(f"The gate of {explanation.decision.policy}", [explanation.gate.message])
    yield from _paragraph(
        "The deadline, on the device's clock",
        (f"{_when(s.at):16}  {s.rule}: {s.why}" for s in explanation.steps),
    )


def _considered(explanation: Explanation) -> Iterator[str]:
    yield from _paragraph(
        "Policies, in the order in which they are asked",
        (f"{_mark(p.covers)} {p.name} (priority {p.priority}) {p.why}" for p in explanation.policies),
    )
    yield from _paragraph(
        "Releases that are newer than what it runs",
        (f"{_mark(r.asked)} {r.name}, posted {r.posted}, {r.why}" for r in explanation.releases),
    )


def _said(facts: Facts | None) -> Iterator[str]:
    if facts is None:
        yield "nothing yet"
        return
    build = f" ({facts.build})" if facts.build else ""
    extra = f" with improvement {facts.supplemental_extra}" if facts.supplemental_extra else ""
    since = f", since {facts.version_since}" if facts.version_since else ""
    model = f" on {facts.model}" if facts.model else ""
    yield f"{facts.platform or 'an OS'} {facts.version or 'of no known version'}{build}{extra}{model}{since}"
    if facts.pending.version:
        yield f"works on {facts.pending.version}: {facts.install_state or 'no state'}"
    if facts.failure.count:
        yield f"failed {facts.failure.count} times: {facts.failure.reason or 'no reason given'}"
    if facts.foreign:
        yield f"holds another enforcement: {', '.join(facts.foreign)}"
    if facts.enrollment.bootstrap_token is BootstrapToken.MISSING:
        yield "no bootstrap token is escrowed for it"
    if facts.enrollment.ended:
        yield f"checked out on {facts.enrollment.ended:%Y-%m-%d %H}:00 UTC"
    if facts.last_report:
        yield f"heard on {facts.last_report:%Y-%m-%d %H}:00 UTC"


def _standing(told: Told) -> Iterator[str]:
    standing, attention = in_force(told.status), _attention(told.status)
    if standing is None:
        yield "nothing"
    else:
        build = f" ({standing.asked.build})" if standing.asked.build else ""
        since = f", since {standing.declared}" if standing.declared else ""
        progress = f": {told.status['progress']}" if told.status.get("progress") else ""
        yield f"{standing.asked.version}{build} by {_when(standing.asked.deadline)}{since}{progress}"
    if attention:
        yield f"{attention['reason']}: {attention['message']}"
    if told.explanation.change:
        yield _CHANGES[told.explanation.change]
    if told.explanation.decision.verdict.unfinished:
        yield "the brake may hold that: it is not installed"


def _paragraph(title: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    """Nothing where there are no lines."""
    listed = list(lines)
    if listed:
        yield ""
        yield title
        yield from (f"  {line}" for line in listed)


def _mark(taken: bool) -> str:
    return ">" if taken else "-"


def _when(moment: date | datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else f"{moment:%Y-%m-%d}"
