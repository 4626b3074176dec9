"""What kstatus makes of an object, as its authors describe it; Flux and kpt ask it whether something is done.

Only what it says of kinds that it has no rules of its own for.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any


class Verdict(Enum):
    """The words of kstatus."""

    TERMINATING = "Terminating"
    IN_PROGRESS = "InProgress"
    FAILED = "Failed"
    CURRENT = "Current"


#: Conditions that decide by being True, the first one that is listed.
_DECISIVE = {"Reconciling": Verdict.IN_PROGRESS, "Stalled": Verdict.FAILED}


def verdict(document: Mapping[str, Any]) -> Verdict:
    """Deletion first, then whether the spec was seen, what is decisive, and Ready where there is one."""
    metadata, status = document["metadata"], document.get("status", {})
    if metadata.get("deletionTimestamp"):
        return Verdict.TERMINATING
    if "observedGeneration" in status and status["observedGeneration"] != metadata["generation"]:
        return Verdict.IN_PROGRESS
    conditions = {condition["type"]: condition["status"] for condition in status.get("conditions", ())}
    for kind, holds in conditions.items():
        if kind in _DECISIVE and holds == "True":
            return _DECISIVE[kind]
    return Verdict.CURRENT if conditions.get("Ready", "True") == "True" else Verdict.IN_PROGRESS
