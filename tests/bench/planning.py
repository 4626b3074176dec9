"""One plan for so many devices, in a process of its own: `… DEVICES HISTORY ROUNDS`."""

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from controller.domain.decisions import Situation
from controller.domain.planning import Loosened, Plan, plan
from controller.domain.proving import Proving
from tests.bench.fleet import Inputs, a_fleet
from tests.bench.history import History
from tests.bench.memory import peak, reset_peak, resident

#: About so many devices are decided again.
REPORTS = 500


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan took, the median of some: seconds on the clock, and of one core; the MB over its inputs.

    On a machine where others are at work the two kinds of seconds differ. *again* are the milliseconds in
    which one device is decided anew after it reported.
    """

    seconds: float
    cpu: float
    megabytes: float
    again: float


def measure(devices: int, history: History, rounds: int) -> Planned:
    """Plan so often for so many devices; nothing is kept between two plans."""
    inputs = a_fleet(devices, history)
    # As the operator does once it knows all Devices.
    gc.collect()
    gc.freeze()
    start = resident()
    reset_peak()
    first = _time(inputs)
    grown = peak() - start
    times = [first, *(_time(inputs) for _ in range(rounds - 1))]
    seconds, cpu = (median(column) for column in zip(*times, strict=True))
    return Planned(seconds, cpu, max(grown, _allocated(inputs)), median(_decide_again(inputs)))


def _allocated(inputs: Inputs) -> float:
    """The MB that one plan allocates at most.

    The kernel alone does not see what fits where the making of the inputs left gaps.
    """
    tracemalloc.start()
    decide(inputs)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def _decide_again(inputs: Inputs) -> Iterator[float]:
    """One device after another reports that it installed what it was asked for."""
    situation = situate(inputs)
    plan(situation, inputs.roster, inputs.current, Loosened())
    asked = [
        (device, facts) for device, facts in inputs.roster if facts and device.enrollment in inputs.current
    ]
    for device, facts in asked[:: len(asked) // REPORTS + 1]:
        declaration = inputs.current[device.enrollment]
        started = time.perf_counter()
        said = replace(facts, version=declaration.version, version_since=inputs.now.date())
        plan(situation, [(device, said)], {device.enrollment: declaration}, Loosened())
        yield 1000 * (time.perf_counter() - started)


def decide(inputs: Inputs) -> Plan:
    """One plan from nothing, the gates judged first."""
    return plan(situate(inputs), inputs.roster, inputs.current, Loosened())


def situate(inputs: Inputs) -> Situation:
    """The situation in which everybody is decided, once the gates are judged."""
    coverage = inputs.coverage()
    proofs, _ = Proving(inputs.fleet, coverage, inputs.known).judge(inputs.roster, inputs.promises)
    known = replace(inputs.known, proofs=proofs)
    return Situation.of(inputs.fleet, coverage, known, (device for device, _ in inputs.roster))


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
