"""What `pomona run` takes once there is nothing to do."""

import time
from collections.abc import Mapping
from statistics import median

from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import DEVICES, Ground
from tests.bench.memory import resident
from tests.bench.running import at_rest
from tests.lab.processes import Process

#: Seconds over which the median is taken.
OVER = 10


def run(ground: Ground) -> Mapping[str, float]:
    """A Fleet, 50 policies from Git, all Devices; after the first cycle and one with nothing to do."""
    with at_rest(ground.lab) as operator:
        return {"idle_memory": _resident(operator)}


def _resident(operator: Process) -> float:
    seen = []
    for _ in range(OVER):
        time.sleep(1)
        seen.append(resident(operator.pid))
    return median(seen)


BENCHMARK = Benchmark(
    (
        Figure(
            "idle_memory",
            "MB",
            f"resident, `pomona run` with {DEVICES:,} Devices and 50 policies and nothing to do",
            Target(200),
        ),
    ),
    run,
)
