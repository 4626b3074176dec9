"""What a decision changes on a device."""

from dataclasses import replace
from enum import StrEnum

from controller.domain.declarations import Declaration


class Change(StrEnum):
    """What a plan does to a device: *details* changes nothing but the page that its user is sent to."""

    ENFORCE = "enforce"
    MOVE = "move"
    DETAILS = "details"
    WITHDRAW = "withdraw"


def change(before: Declaration | None, after: Declaration | None) -> Change | None:
    """What leads from what is in force to what shall be; None where they are the same."""
    if before == after:
        return None
    if before is None:
        return Change.ENFORCE
    if after is None:
        return Change.WITHDRAW
    same = replace(before, details_url=after.details_url) == after
    return Change.DETAILS if same else Change.MOVE
