"""Regular expressions as Kubernetes reads them, which is Go's way, for Python."""

import re
from functools import cache

#: Go's `\s`: Python's has the vertical tab, too.
_BLANKS = r"\t\n\f\r "

#: What to look at: an escape, a set of characters, or the end of the text.
_PARTS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$")


@cache
def as_in_go(pattern: str) -> str:
    """The pattern for Python that means what *pattern* means to Go.

    `\\d` and `\\w` are ASCII, `\\s` has no vertical tab, and `$` is the end, not the line end before it.
    """
    return "(?a)" + _PARTS.sub(_translated, pattern)


def _translated(part: re.Match[str]) -> str:
    text = part[0]
    if text.startswith("["):
        return text.replace(r"\s", _BLANKS)
    return {"$": r"\Z", r"\s": f"[{_BLANKS}]", r"\S": f"[^{_BLANKS}]"}.get(text, text)


def matches(text: str, pattern: str) -> bool:
    """Does it match anywhere, as in Go?"""
    return re.search(as_in_go(pattern), text) is not None
