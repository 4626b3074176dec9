"""Go modules of which nothing is built: their files are looked at."""

import json
import os
import subprocess
from pathlib import Path

from tests.lab.parts import BuildFailed
from tests.lab.toolchain import TOOLS, go


def folder_of(name: str, module: str) -> Path:
    """Where the files of a Go module are that tools/*name* pins and of which nothing is built."""
    command = [go(), "mod", "download", "-json", module]
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
    done = subprocess.run(
        command, cwd=TOOLS / name, env=environment, capture_output=True, text=True, check=False
    )
    found = json.loads(done.stdout or "{}")
    if done.returncode or "Dir" not in found:
        raise BuildFailed(f"{module} could not be fetched:\n{found.get('Error', done.stderr)}")
    return Path(found["Dir"])
