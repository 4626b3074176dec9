"""What a command prints, as it was looked at and found good: files in tests/cli/golden.

After a change that is meant, `GOLDEN=write make test` writes them anew; read what differs before you commit.
"""

import os
from pathlib import Path

FOLDER = Path(__file__).with_name("golden")


def is_golden(name: str, text: str) -> bool:
    """Is *text* what the file of this name has?"""
    file = FOLDER / name
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return file.read_text() == text
