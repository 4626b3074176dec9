"""`python -m tests.bench [--record] [NAME…]`: measure, show, and with --record write the page."""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tests.bench import (
    commands,
    commits,
    idle_cycle,
    idle_memory,
    mdm_apply,
    plan_cli,
    plans,
    reaction,
    reflector,
    rehearsals,
    status_write,
    unchanged,
    wave,
    webhook_rate,
)
from tests.bench.figures import Benchmark
from tests.bench.ground import Ground
from tests.bench.machine import machine
from tests.bench.record import record, show

BENCHMARKS = (
    *plans.BENCHMARKS,
    commands.BENCHMARK,
    rehearsals.BENCHMARK,
    plan_cli.BENCHMARK,
    mdm_apply.BENCHMARK,
    wave.BENCHMARK,
    webhook_rate.BENCHMARK,
    status_write.BENCHMARK,
    reflector.BENCHMARK,
    unchanged.BENCHMARK,
    commits.BENCHMARK,
    idle_memory.BENCHMARK,
    idle_cycle.BENCHMARK,
    reaction.BENCHMARK,
)


def main() -> None:
    """Run all benchmarks, or those that measure one of the named figures."""
    names = [figure.name for benchmark in BENCHMARKS for figure in benchmark.figures]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--record", action="store_true", help="write docs/benchmarks.md")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names):
        parser.error(f"there is no figure {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    chosen = [b for b in BENCHMARKS if not asked.names or {f.name for f in b.figures} & set(asked.names)]
    values = _measure(chosen)
    show([figure for benchmark in chosen for figure in benchmark.figures], values)
    if asked.record:
        record([figure for benchmark in BENCHMARKS for figure in benchmark.figures], values, machine())


def _measure(benchmarks: list[Benchmark]) -> dict[str, float]:
    console = Console(stderr=True)
    values: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ground = Ground(Path(folder), stack)
        for benchmark in benchmarks:
            with console.status(f"measuring {benchmark.figures[0].name}"):
                values.update(benchmark.run(ground))
    return values


if __name__ == "__main__":
    main()
