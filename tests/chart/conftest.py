"""The charts, each variant of their values, and both Helms."""

import sys
from pathlib import Path

import pytest

from tests.lab.helm import CHARTS, Helm

#: Every variant: the chart, and the file of its values; none for the defaults.
VARIANTS = [
    ("pomona", None),
    *((path.parents[1].name, path) for path in sorted(CHARTS.glob("*/ci/*-values.yaml"))),
]


def flags_of(values: Path | None) -> tuple[str | Path, ...]:
    """What tells Helm of a variant."""
    return ("--values", values) if values else ()


def name_of(variant: object) -> str:
    return (
        variant.name.removesuffix("-values.yaml") if isinstance(variant, Path) else str(variant or "default")
    )


@pytest.fixture(scope="session", params=["helm", "helm3"])
def helm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    """Helm 4, and the oldest that the charts are for."""
    return Helm(tmp_path_factory.mktemp("helm"), program=request.param)


@pytest.fixture(scope="session")
def helm4(tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(tmp_path_factory.mktemp("helm4"))


@pytest.fixture
def entrypoint() -> tuple[Path, ...]:
    """The image's."""
    return (Path(sys.executable).with_name("pomona"),)
