"""What the commands' tests share."""

import gzip
import json
from pathlib import Path

import pytest

from tests.cli.rehearsing import a_policy, written
from tests.lab.history import autumn


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("history") / "autumn.json.gz"
    file.write_bytes(gzip.compress(json.dumps(autumn()).encode()))
    return file


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return written(tmp_path, a_policy())
