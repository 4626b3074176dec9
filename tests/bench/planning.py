"""One plan for so many devices, in a process of its own: `… DEVICES HISTORY ROUNDS`."""

import gc
import json
import sys
import time
import tracemalloc
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from controller.domain.decisions import Situation
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.proving import Proving
from tests.bench.fleet import Inputs, a_fleet
from tests.bench.history import History
from tests.bench.memory import peak, reset_peak, resident


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan took, the median of some: seconds on the clock, and of one core; the MB over its inputs.

    On a machine where others are at work the two kinds of seconds differ.
    """

    seconds: float
    cpu: float
    megabytes: float


def measure(devices: int, history: History, rounds: int) -> Planned:
    """Plan so often for so many devices; nothing is kept between two plans."""
    inputs = a_fleet(devices, history)
    gc.collect()
    start = resident()
    reset_peak()
    first = _time(inputs)
    grown = peak() - start
    times = [first, *(_time(inputs) for _ in range(rounds - 1))]
    seconds, cpu = (median(column) for column in zip(*times, strict=True))
    return Planned(seconds, cpu, max(grown, _allocated(inputs)))


def _allocated(inputs: Inputs) -> float:
    """The MB that one plan allocates at most.

    The kernel alone does not see what fits where the making of the inputs left gaps.
    """
    tracemalloc.start()
    decide(inputs)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def decide(inputs: Inputs) -> Plan:
    """One plan from nothing, the gates judged first."""
    coverage = inputs.coverage()
    proofs, _ = Proving(inputs.fleet, coverage, inputs.known).judge(inputs.roster, inputs.promises)
    known = replace(inputs.known, proofs=proofs)
    situation = Situation.of(inputs.fleet, coverage, known, (device for device, _ in inputs.roster))
    return plan(situation, inputs.roster, inputs.current, Loosened())


def _time(inputs: Inputs) -> tuple[float, float]:
    """Seconds on the clock, and of one core."""
    started, cpu = time.perf_counter(), time.process_time()
    decide(inputs)
    return time.perf_counter() - started, time.process_time() - cpu


def main() -> None:
    """Print what was measured as JSON."""
    devices, document = int(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    planned = measure(devices, History.from_document(document), int(sys.argv[3]))
    sys.stdout.write(json.dumps(asdict(planned)))


if __name__ == "__main__":
    main()
