"""How long `pomona plan` takes, its start included."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from controller.domain.status import device_status
from tests.bench.figures import Benchmark, Figure, Target
from tests.bench.fleet import Inputs
from tests.bench.ground import DEVICES, Ground
from tests.bench.policies import fifty, to_policy
from tests.bench.seeding import outcomes, to_manifest
from tests.lab.readings import WORLD

#: So often it is run; the median counts.
ROUNDS = 5


def run(ground: Ground) -> Mapping[str, float]:
    """Fifty policies over a file of Devices as kubectl prints it, by one answer of the lookup service."""
    folder = ground.make_folder("plan")
    _write(folder, ground.fleet)
    command = [Path(sys.executable).with_name("pomona"), "plan", "policies.yaml"]
    command += ["--devices", "devices.json", "--reading", "reading.json"]
    return {"plan_cli_10k": median(_time(command, folder) for _ in range(ROUNDS))}


def _time(command: list[Any], folder: Path) -> float:
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if f"of {DEVICES:,} devices would change" not in done.stdout:
        raise RuntimeError(f"pomona plan ended with {done.returncode}: {done.stdout[:200]}{done.stderr}")
    return seconds


def _write(folder: Path, fleet: Inputs) -> None:
    items = []
    for device, outcome in outcomes(fleet):
        document = to_manifest(device)
        document["metadata"] |= {"namespace": "acme", "creationTimestamp": device.created.isoformat()}
        items.append(document | {"status": device_status(outcome)})
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    (folder / "devices.json").write_text(json.dumps(listed, indent=4))
    policies = [to_policy(*policy) for policy in fifty(fleet.known.catalog)]
    (folder / "policies.yaml").write_text(yaml.safe_dump_all(policies))
    (folder / "reading.json").write_text(json.dumps(WORLD.answer(datetime.now(UTC).date())))


BENCHMARK = Benchmark(
    (
        Figure(
            "plan_cli_10k",
            "s",
            f"`pomona plan` of 50 policies over a JSON file of {DEVICES:,} Devices, its start included",
            Target(3.0),
        ),
    ),
    run,
)
