"""The dashboard: as Grafana wants it, and asking for what there is."""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.monitoring.tools import CHART, TARGET, Promtool, grouped_by, uses
from tests.measured import labels_by_name

DASHBOARD: dict[str, Any] = json.loads((CHART / "files" / "dashboard.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
SHOWN = [panel for panel in PANELS if panel["type"] != "row"]

#: The columns of the grid of Grafana.
WIDTH = 24

each_panel = pytest.mark.parametrize("panel", SHOWN, ids=lambda panel: panel["title"])


def expressions(panels: list[dict[str, Any]]) -> Iterator[str]:
    """With values in the place of Grafana's variables."""
    for target in (target for panel in panels for target in panel["targets"]):
        filled = target["expr"].replace("$__rate_interval", "5m")
        for variable in ("job", "namespace", "fleet"):
            filled = filled.replace(f"${variable}", "pomona")
        yield filled


def test_every_query_is_promql(promtool: Promtool, tmp_path: Path) -> None:
    rules = [{"record": f"panel:{n}", "expr": e} for n, e in enumerate(expressions(SHOWN))]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    promtool.run("check", "rules", file)


@each_panel
def test_what_a_panel_asks_for_exists(panel: dict[str, Any]) -> None:
    known = labels_by_name()
    for expression in expressions([panel]):
        assert "$" not in expression
        asked = list(uses(expression))
        assert asked
        for name, labels in asked:
            assert name in known, name
            assert labels <= known[name] | TARGET, name
            assert {"job", "namespace"} <= labels, name
        assert grouped_by(expression) <= frozenset().union(*known.values()) | TARGET


def test_every_metric_is_shown() -> None:
    shown = {name for expression in expressions(SHOWN) for name, _ in uses(expression)}
    ours = {name.removesuffix("_bucket") for name in labels_by_name() if name.startswith("pomona_")}
    families = {name for name in ours if not name.endswith(("_sum", "_count", "_created"))}
    assert families == {name.removesuffix("_bucket") for name in shown if name.startswith("pomona_")}


def test_panels_are_told_apart() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)


def test_panels_stand_side_by_side() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in PANELS:
        grid = panel["gridPos"]
        assert grid["x"] + grid["w"] <= WIDTH, panel["title"]
        across, down = range(grid["x"], grid["x"] + grid["w"]), range(grid["y"], grid["y"] + grid["h"])
        for cell in itertools.product(across, down):
            assert taken.setdefault(cell, panel["title"]) == panel["title"]


@each_panel
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    refs = [target["refId"] for target in panel["targets"]]
    assert refs == sorted(set(refs))
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]


def data_sources(node: object) -> Iterator[object]:
    """Every data source that is named anywhere."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "datasource":
                yield value
            yield from data_sources(value)
    elif isinstance(node, list):
        for value in node:
            yield from data_sources(value)


def test_the_data_source_is_chosen_by_whoever_looks() -> None:
    found = list(data_sources(DASHBOARD))
    assert found
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in found)


def test_the_variables_are_those_that_the_queries_use() -> None:
    variables = [variable["name"] for variable in DASHBOARD["templating"]["list"]]
    assert variables == ["datasource", "namespace", "job", "fleet"]
    assert isinstance(DASHBOARD["schemaVersion"], int)
    assert "id" not in DASHBOARD
