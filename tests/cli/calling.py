"""Calls the command in this process."""

from typing import NamedTuple

import pytest

from controller.cli import main


class Called(NamedTuple):
    """How it ended, and what it printed."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> Called:
    """What `pomona` with these arguments does."""
    with pytest.raises(SystemExit) as ended:
        main(list(map(str, arguments)))
    said = capsys.readouterr()
    return Called(int(ended.value.code or 0), said.out, said.err)
