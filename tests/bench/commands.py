"""What people wait for: the start of the command, and `pomona lint` over a thousand files."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import yaml

from controller.domain.catalog import Catalog
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.ground import Ground
from tests.bench.policies import fifty

_POMONA = Path(sys.executable).with_name("pomona")

FILES, ROUNDS = 1000, 9


def run(ground: Ground) -> Mapping[str, float]:
    """Measure them in turns: what lint takes is what it takes over the start."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), ground.history.catalog)
        rounds = [(_seconds("--help"), _seconds("lint", folder)) for _ in range(ROUNDS)]
    return {
        "start": median(start for start, _ in rounds),
        "lint_1000": median(lint - start for start, lint in rounds),
    }


def write(folder: Path, catalog: Catalog) -> None:
    """A thousand manifests: fifty policies, and a Device in each of the other files."""
    for name, spec in fifty(catalog):
        (folder / f"{name}.yaml").write_text(_manifest("UpdatePolicy", name, spec))
    for number in range(FILES - len(list(folder.iterdir()))):
        name = f"device-{number:07}"
        (folder / f"{name}.yaml").write_text(_manifest("Device", name, {"enrollment": f"E-{number}"}))


def _manifest(kind: str, name: str, spec: Mapping[str, object]) -> str:
    labels = {"ring": "broad", "department": "sales"} if kind == "Device" else {}
    metadata = {"name": name, "labels": labels}
    document = {"apiVersion": "pomona.dev/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
    return yaml.safe_dump(document)


def _seconds(*arguments: str) -> float:
    begun = time.perf_counter()
    done = subprocess.run([_POMONA, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr)
    return time.perf_counter() - begun


BENCHMARK = Benchmark(
    (
        Figure("start", "s", "`pomona --help`", Target(0.3)),
        Figure("lint_1000", "s", "`pomona lint` over 1,000 files, less the start", Target(2.0)),
    ),
    run,
)
