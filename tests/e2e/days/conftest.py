"""What can come between the operator and its MDM."""

from collections.abc import Iterator

import pytest

from tests.lab.lab import Lab
from tests.lab.proxy import Proxy


@pytest.fixture(scope="module")
def one_slate(shared_lab: Lab) -> Lab:
    """A clean slate for all tests of a module: each of them leaves things as they were."""
    shared_lab.reset()
    return shared_lab


@pytest.fixture(scope="package")
def proxy(shared_lab: Lab) -> Iterator[Proxy]:
    with Proxy(shared_lab.nanohub.url) as proxy:
        yield proxy
