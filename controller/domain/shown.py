"""What a Device's status shows of the last decision, for those who have no access to the MDM.

The operator itself reads what is in force from the MDM, and never from status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from controller.domain.declarations import Declaration
from controller.domain.enforcements import read_in_force


@dataclass(frozen=True, slots=True)
class Shown:
    """Reason and policy as they were decided last, empty before that; *declaration* is what is in force."""

    reason: str = ""
    policy: str = ""
    declaration: Declaration | None = None


def parse_shown(status: Mapping[str, Any], details: Mapping[str, str]) -> Shown:
    """Read a status that `device_status` wrote; errors as those of `read_in_force`.

    *details* are the detailsURLs by policy: status does not tell which one is in force.
    """
    policy, found = status.get("policy", ""), read_in_force(status)
    declaration = replace(found.asked, details_url=details.get(policy, "")) if found else None
    return Shown(status.get("reason", ""), policy, declaration)
