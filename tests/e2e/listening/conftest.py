"""A lab in which pushes arrive, and NanoHUB tells the operator what it hears."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.days.story import Story, telling
from tests.lab.lab import Lab


@pytest.fixture(scope="session")
def hearing_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("hearing"), pushes=True) as lab:
        yield lab


@pytest.fixture
async def hearing(hearing_lab: Lab) -> AsyncIterator[Story]:
    """A clean slate, and devices that do something only when they are pushed."""
    hearing_lab.reset()
    async with telling(hearing_lab) as story:
        yield story
