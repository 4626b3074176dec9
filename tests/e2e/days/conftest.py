"""One lab for all bad days, and a clean slate for each."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.e2e.days.story import Story, telling
from tests.lab.lab import Lab
from tests.lab.proxy import Proxy


@pytest.fixture(scope="package")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("days")) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: Lab) -> Lab:
    shared_lab.reset()
    return shared_lab


@pytest.fixture
async def story(lab: Lab) -> AsyncIterator[Story]:
    async with telling(lab) as story:
        yield story
        assert story.tracebacks() == ""


@pytest.fixture(scope="package")
def proxy(shared_lab: Lab) -> Iterator[Proxy]:
    with Proxy(shared_lab.nanohub.url) as proxy:
        yield proxy
