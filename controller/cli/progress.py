"""Long work is shown on a terminal, on stderr; where that is none, nothing is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def working(at: str) -> Iterator[None]:
    """Say what is worked *at* until it is done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(at):
        yield
