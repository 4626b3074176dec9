"""What programs leave behind: files, and living processes with something in their environment."""

import os
from pathlib import Path


def processes_with(text: str) -> list[int]:
    """Living processes, but this one, that have *text* in their environment: git, and whatever it started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes()
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if text.encode() in told and state != "Z" and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def assert_nothing_left(folder: Path) -> None:
    """No file is in the folder, and no living process was told of it."""
    assert list(folder.iterdir()) == []
    assert processes_with(str(folder)) == []
