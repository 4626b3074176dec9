"""Retiring: a fleet that is given up leaves nothing of ours on its MDM."""

from collections.abc import Collection
from datetime import datetime

from controller.apply import Applied
from controller.audit import Audit
from controller.leaving import Leaving
from controller.listen import Hearing
from controller.standing import Standing


async def retire(
    leaving: Leaving,
    hearing: Hearing,
    audit: Audit,
    standing: Standing,
    known: Collection[str],
    now: datetime,
) -> Applied:
    """Let go of everything, whoever of the *known* has it; nobody is told of anything more.

    Raises where something stays; no device holds it, and the next cycle goes on.
    """
    withdrawn = standing.plan.withdraw
    failures = await leaving.retire(known)
    audit.of(standing.plan, standing.current, standing.wanted.commits, now).note(None, withdrawn, {})
    for failure in failures.values():
        raise failure
    hearing.let_go()
    return Applied({"enforce": 0, "withdraw": len(withdrawn)}, {})
