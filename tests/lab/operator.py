"""`python -m tests.lab.operator CLOCK run …`: `pomona run`, by the clock of the run."""

import asyncio
import sys
from pathlib import Path

from controller import logs
from controller.cli.run import run, run_until_stopped
from controller.operator import Operator
from controller.settings import Settings
from tests.lab.clock import Clock


def main(clock: str, _: str, *flags: str) -> None:
    """Run the operator as its command does, with the same flags, by another clock."""
    settings = run.make_context("run", list(flags)).params
    logs.set_up(settings.pop("log_level"), settings.pop("log_format") or "")
    asyncio.run(run_until_stopped(Operator(Settings(**settings), Clock(Path(clock)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
