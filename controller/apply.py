"""Apply: carry out a plan on the MDM. One device's failure is that device's failure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from controller.domain.declarations import Declaration
from controller.domain.planning import Plan
from controller.domain.status_items import ITEMS
from controller.ports import Failures, Mdm, Rejected, Unavailable

#: Takes down what was asked of which enrollments (None: they were let go), and what of that failed.
Note = Callable[[Declaration | None, Collection[str], Failures], None]


class LeaseLost(Unavailable):
    """Another process may be writing by now; nothing more is written by this one."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What was carried out: how many devices by kind of change, and what went wrong by enrollment."""

    changes: Mapping[str, int]
    failures: Failures


def check_lease(may_write: Callable[[], bool]) -> None:
    """Raises `LeaseLost` where another process may be writing by now."""
    if not may_write():
        raise LeaseLost("the Lease is no longer ours; the rest of the plan is left to its holder")


async def carry_out(plan: Plan, mdm: Mdm, may_write: Callable[[], bool], note: Note) -> Applied:
    """Subscribe who is new, enforce, withdraw. The right to write is checked before each batch.

    Each batch is noted once it is made, so that what ends the plan early leaves no change unsaid.
    """
    failures: dict[str, Unavailable | Rejected] = {}
    changes = {"enforce": 0, "withdraw": 0}

    check_lease(may_write)
    failures.update(
        await mdm.subscribe(dict.fromkeys((d.enrollment for d in plan.decisions.values()), ITEMS))
    )
    for declaration, enrollments in plan.enforce.items():
        check_lease(may_write)
        refused = await mdm.enforce(declaration, enrollments)
        note(declaration, enrollments, refused)
        changes["enforce"] += len(enrollments) - len(refused)
        failures.update(refused)
    check_lease(may_write)
    refused = await mdm.withdraw(plan.withdraw)
    note(None, plan.withdraw, refused)
    changes["withdraw"] += len(plan.withdraw) - len(refused)
    failures.update(refused)
    return Applied(changes, failures)
