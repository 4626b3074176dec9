"""How long the command takes to rehearse all recorded years, its start included."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.data import RECORDED
from tests.lab.history import autumn

ROUNDS = 7

POLICY = """\
apiVersion: pomona.dev/v1alpha1
kind: UpdatePolicy
metadata: {name: macs}
spec:
  platform: macOS
  selector: {}
  target: {latest: {}}
  deadline: {days: 14}
"""


def _run(ground: Ground) -> Mapping[str, float]:
    return {"rehearse_2y": median(_seconds(ground.folder))}


def _seconds(folder: Path) -> Iterator[float]:
    policy = folder / "macs.yaml"
    policy.write_text(POLICY)
    pomona = Path(sys.executable).with_name("pomona")
    device = ("--model", "J314sAP", "--installed", "14.5")
    command: list[str | Path] = [pomona, "rehearse", policy, "--history", _history(folder), *device]
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        yield time.perf_counter() - started


def _history(folder: Path) -> Path:
    """What was recorded, or as long a time of the lab's where that is not at hand."""
    for file in RECORDED.glob("pmv_replay*"):
        return file
    file = folder / "two-years.json"
    file.write_text(json.dumps(autumn(days=550)))
    return file


BENCHMARK = Benchmark(
    (Figure("rehearse_2y", "s", "two recorded years for one model and policy, start included", Target(2.0)),),
    _run,
)
