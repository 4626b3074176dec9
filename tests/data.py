"""Recorded real answers of the lookup service; they stand beside the repository, where they are at all."""

from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[2] / "shared" / "data"

needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded answers of the lookup service are not here"
)


def recorded(name: str) -> bytes:
    """One recorded answer, by the beginning of its name."""
    [path] = RECORDED.glob(f"{name}*")
    return path.read_bytes()
