"""Real tools: promtool judges rules, Helm renders the chart."""

import pytest

from tests.chart.monitoring.tools import Promtool, Rendered, render
from tests.lab.helm import Helm
from tests.lab.parts import BuildFailed, path_of

#: Everything that can be on at once.
ALL_ON = {
    "serviceMonitor": {"enabled": True},
    "prometheusRule": {"enabled": True},
    "dashboard": {"enabled": True},
}


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    try:
        return Promtool(path_of("promtool"))
    except BuildFailed as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session", params=["helm", "helm3"])
def helm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Helm:
    return Helm(tmp_path_factory.mktemp(request.param), program=request.param)


@pytest.fixture(scope="session")
def rendered(helm: Helm) -> Rendered:
    """The monitoring of a release `pomona` in `pomona-system`, all of it on."""
    return render(helm, ALL_ON)
