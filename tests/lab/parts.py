"""The programs that are written in Go, built or unpacked once into the user's cache, by pinned hashes.

The first of these that has it: `TEST_ASSET_<NAME>`, the folder `KUBEBUILDER_ASSETS`, the cache, a build.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.layers import Layer, UnpackFailed
from tests.lab.toolchain import TOOLS, cache, go, say

#: Seconds between two signs of life of a build.
HEARTBEAT = 15


class BuildFailed(Exception):
    """A part could not be built or unpacked; the message ends with why."""


@dataclass(frozen=True, slots=True)
class Part:
    """One Go program: *name* is its folder in tools/, *package* what is built there."""

    name: str
    package: str
    takes: str
    stamp: tuple[str, ...] = ()


#: promtool has the clients of all clouds in it unless it is told not to; to the others the tag says nothing.
_FLAGS = "-mod=readonly -tags=remove_all_sd"

_KUBERNETES = "v1.36.3"
PARTS = {
    part.name: part
    for part in (
        Part(
            "kube-apiserver",
            "k8s.io/kubernetes/cmd/kube-apiserver",
            "4 to 6 minutes",
            (
                f"k8s.io/component-base/version.gitVersion={_KUBERNETES}",
                "k8s.io/component-base/version.gitMajor=1",
                "k8s.io/component-base/version.gitMinor=36",
                "k8s.io/component-base/version.gitTreeState=clean",
                f"k8s.io/client-go/pkg/version.gitVersion={_KUBERNETES}",
            ),
        ),
        Part("etcd", "go.etcd.io/etcd/server/v3", "half a minute"),
        Part("nanohub", "github.com/micromdm/nanohub/cmd/nanohub", "half a minute"),
        Part("promtool", "github.com/prometheus/prometheus/cmd/promtool", "1 to 3 minutes"),
    )
}

#: Helm is published built: as it is today, and the oldest that the charts are for.
LAYERS = {name: Layer(TOOLS / f"{name}.txt", "helm/helm") for name in ("helm", "helm3")}


def path_of(name: str) -> Path:
    """The program's path, building it first where it has to be. `BuildFailed` when that cannot be done."""
    given = os.environ.get("TEST_ASSET_" + name.upper().replace("-", "_"))
    if given:
        return Path(given)
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and (Path(assets) / name).is_file():
        return Path(assets) / name
    if name == "kubectl":
        return Path(sys.executable).with_name("kubectl")
    program = cache() / f"{name}-{_digest(name)}" / name
    if not program.is_file():
        with _locked(program.parent.with_suffix(".lock")):
            if not program.is_file():
                _make(name, program)
    return program


def _digest(name: str) -> str:
    """What decides whether a program made earlier is the same: the modules and the stamps, or the package."""
    if name in LAYERS:
        return hashlib.sha256(LAYERS[name].requirements.read_bytes()).hexdigest()[:12]
    part, folder = PARTS[name], TOOLS / name
    content = (folder / "go.mod").read_bytes() + (folder / "go.sum").read_bytes() + repr(part).encode()
    return hashlib.sha256(content).hexdigest()[:12]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(name: str, program: Path) -> None:
    if name in PARTS:
        return _build(PARTS[name], program)
    say(f"fetching {name}, once")
    try:
        LAYERS[name].unpack(program)
    except UnpackFailed as error:
        raise BuildFailed(f"{error}\nTEST_ASSET_{name.upper()} may name one that you have") from error


def _build(part: Part, program: Path) -> None:
    started = time.monotonic()
    say(f"building {part.name}, once; on two cores this takes {part.takes}")
    program.parent.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(".new")
    flags = " ".join(["-s -w", *(f"-X {stamp}" for stamp in part.stamp)])
    command = [go(), "build", "-trimpath", "-pgo=off", "-ldflags", flags, "-o", str(fresh), part.package]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": _FLAGS}
    with _heartbeat(part.name, started):
        done = subprocess.run(
            command, cwd=TOOLS / part.name, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise BuildFailed(f"{part.name} could not be built:\n" + "\n".join(done.stderr.splitlines()[-15:]))
    fresh.rename(program)
    say(f"built {part.name} in {time.monotonic() - started:.0f} s")


@contextmanager
def _heartbeat(name: str, started: float) -> Iterator[None]:
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT):
            say(f"  … {name}, {time.monotonic() - started:.0f} s")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def main() -> int:
    """Build what is missing, and print where everything is."""
    try:
        for name in (*PARTS, *LAYERS, "kubectl"):
            print(f"{name}: {path_of(name)}")
    except BuildFailed as error:
        say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
