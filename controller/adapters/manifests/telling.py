"""What was found and what is expected, in words."""

from collections.abc import Iterable
from typing import Any

#: So much of a found value is repeated.
_SHOWN = 80


def shown(found: Any) -> str:
    """A value of a manifest, for a message."""
    if found is None:
        return "nothing"
    text = str(found).lower() if isinstance(found, bool) else repr(found)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def one_of(words: Iterable[Any]) -> str:
    """Words to choose from, for a message."""
    choice = list(map(str, words))
    return choice[0] if len(choice) == 1 else f"one of {', '.join(choice)}"
