"""What `pomona run` takes once there is nothing to do."""

import time
from collections.abc import Mapping
from statistics import median

import httpx
import yaml

from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import DEVICES, Ground
from tests.bench.memory import resident
from tests.bench.policies import fifty, to_policy
from tests.lab.processes import Process, free_port
from tests.lab.waiting import wait_until

#: Seconds that the first cycle may take, which changes everything, and the next one.
LIMIT = 600.0

#: Seconds over which the median is taken.
OVER = 10

_DEVICES, _CYCLES = "pomona_devices{", "pomona_cycle_duration_seconds_count{"


def run(ground: Ground) -> Mapping[str, float]:
    """A Fleet, 50 policies from Git, all Devices; after the first cycle and one with nothing to do."""
    lab = ground.lab
    policies = [to_policy(*policy) for policy in fifty(ground.fleet.known.catalog)]
    lab.repository.commit("Fifty policies", {"policies/all.yaml": yaml.safe_dump_all(policies)})
    git = {"url": lab.repository.url, "ref": {"branch": "main"}, "path": "policies", "interval": "1m"}
    lab.make_fleet(git=git)
    port = free_port()
    quiet = ["--lookup-interval", "24h", "--report-interval", "10m", "--log-level", "warning"]
    operator = lab.start_operator(*quiet, "--metrics-listen", f"127.0.0.1:{port}")
    try:
        wait_until(lambda: _sum(operator, port, _DEVICES) == DEVICES, LIMIT, "every Device is decided about")
        first = _sum(operator, port, _CYCLES)
        wait_until(lambda: _sum(operator, port, _CYCLES) > first, LIMIT, "one more cycle")
        return {"idle_memory": _resident(operator)}
    finally:
        operator.stop()


def _sum(operator: Process, port: int, metric: str) -> float:
    """Over all labels."""
    if not operator.alive():
        raise RuntimeError(f"the operator ended:\n{operator.tail()}")
    try:
        lines = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text.splitlines()
    except httpx.TransportError:
        return 0.0
    return sum(float(line.split()[-1]) for line in lines if line.startswith(metric))


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
