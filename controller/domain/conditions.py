"""Conditions as Kubernetes has them (`metav1.Condition`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as it is now; *reason* is one CamelCase word, *message* a sentence for a person."""

    type: str
    status: bool
    reason: str
    message: str = ""


def conditions_document(
    wanted: Iterable[Condition], before: Iterable[Mapping[str, Any]], generation: int, now: datetime
) -> list[dict[str, Any]]:
    """`status.conditions`. The time of the last transition moves only when a status does."""
    known = {condition["type"]: condition for condition in before}
    stamp = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    documents = []
    for condition in wanted:
        status = "True" if condition.status else "False"
        last = known.get(condition.type, {})
        moved = last.get("status") != status
        documents.append(
            {
                "type": condition.type,
                "status": status,
                "reason": condition.reason,
                "message": condition.message[:MESSAGE_LIMIT],
                "lastTransitionTime": stamp if moved else last["lastTransitionTime"],
                "observedGeneration": generation,
            }
        )
    return documents


#: What `metav1.Condition` allows is 32,768; nobody reads more than this.
MESSAGE_LIMIT = 4096
