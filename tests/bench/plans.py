"""How long one plan for everything takes, and how much memory."""

import json
import subprocess
import sys
from collections.abc import Mapping

from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground


def planning(
    name: str,
    devices: int,
    rounds: int,
    seconds: Target,
    megabytes: Target | None,
    again: Figure | None = None,
) -> Benchmark:
    """A plan for so many devices under 50 policies; *again* is the figure of one that is decided anew."""

    def run(ground: Ground) -> Mapping[str, float]:
        command = [sys.executable, "-m", "tests.bench.planning"]
        command += [str(devices), str(ground.history_file), str(rounds)]
        planned = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        values = {
            name: planned["seconds"],
            f"{name}_cpu": planned["cpu"],
            f"{name}_memory": planned["megabytes"],
        }
        return values | ({again.name: planned["again"]} if again else {})

    figures = (
        Figure(name, "s", f"one plan for {devices:,} devices under 50 policies", seconds),
        Figure(f"{name}_cpu", "s", "the same in CPU time, which others disturb less"),
        Figure(f"{name}_memory", "MB", "what that takes at most, over its inputs", megabytes),
    )
    return Benchmark((*figures, again) if again else figures, run)


_AGAIN = Figure("replan_one", "ms", "one device among 100,000 decided anew after it reported", Target(5.0))

BENCHMARKS = (
    planning("plan_10k", 10_000, 9, Target(0.2), Target(100)),
    planning("plan_100k", 100_000, 5, Target(1.0), Target(400), _AGAIN),
    planning("plan_1m", 1_000_000, 3, Target(10.0), None),
)
