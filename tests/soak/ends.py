"""How Devices stand in the end, beside what their kinds must lead to. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.soak.evidence import Evidence
from tests.soak.kinds import GONE, End
from tests.soak.recruits import TWICE, twin


def states(evidence: Evidence) -> Iterator[str]:
    """Reason, progress, attention, and what it reported."""
    for recruit in evidence.recruits:
        shown = evidence.shown.get(recruit.device)
        if recruit.name not in evidence.lost or not _is_told(shown):
            yield _differs(recruit.device, recruit.kind.end, shown)
        if recruit.kind.name == TWICE:
            second = twin(recruit.device)
            yield _differs(second, End("Duplicate"), evidence.shown.get(second))


def _differs(name: str, end: End, shown: Mapping[str, Any] | None) -> str:
    if end is GONE or shown is None:
        return "" if end is GONE and shown is None else f"{name}: expected {end}, is {shown}"
    reported = shown.get("reported", {})
    found = End(
        shown.get("reason", ""),
        reported.get("version", "") if end.version else "",
        shown.get("progress", ""),
        shown.get("attention", {}).get("reason", ""),
        _either(end.build, reported.get("build", ""), reported.get("supplementalBuild", "")),
        reported.get("supplementalExtra", "") if end.extra else "",
    )
    return "" if found == end else f"{name}: expected {end}, found {found}: {shown.get('message')}"


def _either(wanted: str, build: str, supplement: str) -> str:
    return wanted if wanted in ("", build, supplement) else f"{build} {supplement}"


def _is_told(shown: Mapping[str, Any] | None) -> bool:
    """Does a person see that the device takes nothing over, or says nothing?"""
    found = (shown or {}).get("attention", {}).get("reason")
    return found in ("NotAcknowledged", "Overdue", "Silent")


def versions(evidence: Evidence) -> Iterator[str]:
    """What the devices themselves say, not what anybody heard of them."""
    for recruit in evidence.recruits:
        wanted, runs = recruit.kind.end.version, evidence.lives[recruit.name].version
        if recruit.name not in evidence.lost:
            yield "" if wanted in ("", runs) else f"{recruit.name}: expected {wanted}, runs {runs}"


def in_force(evidence: Evidence) -> Iterator[str]:
    """Where it is Enforced, just that; elsewhere nothing."""
    for recruit in evidence.recruits:
        shown = evidence.shown.get(recruit.device, {})
        asked = evidence.asked.get(evidence.enrollments[recruit.name], [])
        found = [(a["TargetOSVersion"], a["TargetLocalDateTime"]) for a in asked]
        wanted = [(shown["target"]["version"], shown["deadline"])] if "target" in shown else []
        yield "" if found == wanted else f"{recruit.device}: shows {wanted}, in force is {found}"


#: The Fleet's conditions, when everything works.
CONDITIONS = {
    "Ready": "True Reconciled",
    "GitSynced": "True Applied",
    "CatalogFresh": "True Believed",
    "MDMReachable": "True Answered",
    "WebhookHeard": "True Heard",
}


def conditions(evidence: Evidence) -> Iterator[str]:
    """All of them, and no other."""
    for kind in CONDITIONS.keys() | evidence.conditions.keys():
        found, wanted = evidence.conditions.get(kind), CONDITIONS.get(kind)
        yield "" if found == wanted else f"{kind}: expected {wanted}, found {found}"


def lost(evidence: Evidence) -> Iterator[str]:
    """NanoHUB's file storage knows no locks: it fails a few, and more have another cause."""
    most = 1 + len(evidence.recruits) // 50
    for recruit in evidence.recruits:
        among = recruit.name in evidence.lost and len(evidence.lost) > most
        yield f"{recruit.name}: NanoHUB failed it, as {len(evidence.lost)} others" if among else ""
