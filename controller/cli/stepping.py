"""Long work shows how far it is, on a terminal and on stderr; where that is none, nothing is shown."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

Step = TypeVar("Step")


def stepped(steps: Iterable[Step], count: int) -> Iterator[Step]:
    """The same steps, shown while they are taken."""
    if not sys.stderr.isatty():
        yield from steps
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(steps, "living through", count, console=Console(stderr=True), transient=True)
