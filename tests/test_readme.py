"""The README's console is played as it stands: who types these commands sees these answers."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.history import example

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()

#: Stands for lines that are not shown.
CUT = "…"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def calls() -> list[tuple[str, str]]:
    """Each command of the console blocks, and what it answers; lines that begin with > go on with it."""
    played = re.sub(r"\n>(?: |(?=\n))", "\0", "".join(blocks("console")))
    parts = re.split(r"^\$ ", played, flags=re.MULTILINE)[1:]
    split = (part.partition("\n") for part in parts)
    return [(command.replace("\0", "\n"), answer) for command, _, answer in split]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what a clone has, for all commands, one after the other."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("policies", "docs"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def play(command: str, desk: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(desk), "COLUMNS": "200", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=desk, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_there_is_something_to_play() -> None:
    assert len(calls()) >= 4


def test_each_command_answers_as_the_readme_says(desk: Path) -> None:
    for command, answer in calls():
        said = play(command, desk)
        assert matches(answer, said), f"$ {command}\n{said}"


def matches(shown: str, said: str) -> bool:
    """Is this what was said, but for what is cut?"""
    parts = [re.escape(part.strip("\n")) for part in shown.split(CUT)]
    return re.fullmatch(r"\s*" + r"[\s\S]*?".join(parts) + r"\s*", said) is not None


def test_the_example_history_is_what_the_lab_would_have_answered() -> None:
    assert json.loads((ROOT / "docs/examples/history.json").read_text()) == example()
