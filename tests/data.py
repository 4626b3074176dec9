"""Recorded real answers of the lookup service; they stand beside the repository or above it, if at all."""

from pathlib import Path

import pytest

_PLACES = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents[2:]]
RECORDED = next(filter(Path.is_dir, _PLACES), _PLACES[0])

needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded answers of the lookup service are not here"
)


def recorded(name: str) -> bytes:
    """One recorded answer, by the beginning of its name."""
    [path] = RECORDED.glob(f"{name}*")
    return path.read_bytes()
