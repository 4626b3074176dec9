"""Where the paths of a manifest stand in its file."""

from collections.abc import Iterator, Mapping


def nearest(lines: Mapping[str, int], path: str, otherwise: int) -> int:
    """The line of a path such as spec.skip[0].version, or of the nearest thing above it that is there."""
    return next((lines[parent] for parent in _upwards(path) if parent in lines), otherwise)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
