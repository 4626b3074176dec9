"""What a Device's status shows of the last decision, for those who have no access to the MDM.

The operator itself reads what is in force from the MDM, and never from status.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from controller.domain.declarations import Declaration
from controller.domain.enforcements import is_planned, standing
from controller.domain.versions import Version


@dataclass(frozen=True, slots=True)
class Shown:
    """Reason and policy as they were decided last, empty before that; *declaration* is what is in force."""

    reason: str = ""
    policy: str = ""
    declaration: Declaration | None = None


def parse_shown(status: Mapping[str, Any], details: Mapping[str, str]) -> Shown:
    """Read a status that `device_status` wrote. A ValueError says what cannot be read.

    *details* are the detailsURLs by policy: status does not tell which one is in force. What is Planned is
    not in force, unless the brake keeps it; what it shall replace is.
    """
    policy, target = status.get("policy", ""), status.get("target")
    declaration, remembered = None, standing(status)
    if remembered:
        declaration = replace(remembered.asked, details_url=details.get(policy, ""))
    elif target and "deadline" in status and not is_planned(status):
        declaration = Declaration(
            Version.parse(target["version"]),
            datetime.fromisoformat(status["deadline"]),
            target.get("build", ""),
            details.get(policy, ""),
        )
    return Shown(status.get("reason", ""), policy, declaration)
