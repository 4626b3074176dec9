"""What came of looking at a fleet: the plan, what became of it, and how everything is counted then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from controller.apply import Applied
from controller.domain.planning import Plan
from controller.domain.proving import GateStatus
from controller.domain.status import Outcome
from controller.domain.tallies import Tallies
from controller.ports import Unavailable


@dataclass(frozen=True, slots=True)
class Cycle:
    """What one cycle came to, or one reaction.

    *outcomes* are those of the devices that were decided about, *touched* the policies whose devices are
    counted otherwise now. *trouble* is what the MDM as a whole does not do, though it answers.
    """

    plan: Plan
    tallies: Tallies
    outcomes: Sequence[Outcome]
    touched: frozenset[str]
    applied: Applied
    gates: Mapping[str, GateStatus]
    trouble: Unavailable | None = None
