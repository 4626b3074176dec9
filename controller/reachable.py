"""Does the MDM work for a fleet? The condition that says so, and why not."""

from controller.domain.conditions import Condition
from controller.ports import Rejected, Unauthorized, Unavailable


def reachable(trouble: Unavailable | Rejected | None) -> Condition:
    """The condition MDMReachable of a cycle that met this trouble, or none."""
    if trouble is None:
        return Condition("MDMReachable", True, "Answered", "the MDM answers")
    return Condition("MDMReachable", False, _reason(trouble), str(trouble))


def _reason(trouble: Unavailable | Rejected) -> str:
    if isinstance(trouble, Unavailable):
        return "Throttled" if trouble.throttled else "Unreachable"
    return "Unauthorized" if isinstance(trouble, Unauthorized) else "Refused"
