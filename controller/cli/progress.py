"""Long work is shown on a terminal, on stderr; where that is none, nothing is."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

Step = TypeVar("Step")


@contextmanager
def working(at: str) -> Iterator[None]:
    """Say what is worked *at* until it is done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(at):
        yield


def stepped(steps: Iterable[Step], count: int, at: str) -> Iterator[Step]:
    """The same steps, of which there are so many; while they are taken, show how far they are."""
    if not sys.stderr.isatty():
        yield from steps
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(steps, at, count, console=Console(stderr=True), transient=True)
