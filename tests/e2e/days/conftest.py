"""A lab of its own for each bad day."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.days.story import Story, telling
from tests.lab.lab import Lab


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path) as lab:
        yield lab


@pytest.fixture
async def story(lab: Lab) -> AsyncIterator[Story]:
    async with telling(lab) as story:
        yield story
        assert story.tracebacks() == ""
