"""What the chart makes of `monitoring`, held against the schemas of the Prometheus operator."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.chart.monitoring.conftest import ALL_ON
from tests.chart.monitoring.tools import CHART, RULES, Promtool, Rendered, alerts, render
from tests.lab.helm import Helm, HelmFailed
from tests.lab.modules import folder_of
from tests.lab.parts import BuildFailed

KINDS = {
    "ServiceMonitor": "servicemonitors",
    "PodMonitor": "podmonitors",
    "PrometheusRule": "prometheusrules",
}

POD_MONITOR = {"podMonitor": {"enabled": True}}

#: Everything that can be said of a monitor.
FULL = {
    "enabled": True,
    "labels": {"release": "prometheus"},
    "annotations": {"a.example/b": "c"},
    "interval": "30s",
    "scrapeTimeout": "10s",
    "relabelings": [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}],
    "metricRelabelings": [{"action": "labeldrop", "regex": "container"}],
}


@pytest.fixture(scope="session")
def crds() -> Path:
    module = "github.com/prometheus-operator/prometheus-operator"
    try:
        return folder_of("prometheus-operator", module) / "example" / "prometheus-operator-crd"
    except BuildFailed as error:
        pytest.skip(str(error))


def closed(schema: Any) -> Any:
    """The same schema, where a field that it does not name is an error."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: closed(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        parts.setdefault("additionalProperties", False)
    return parts


def problems(document: Mapping[str, Any], crds: Path) -> list[str]:
    """What the API server would find wrong with it."""
    crd = yaml.safe_load((crds / f"monitoring.coreos.com_{KINDS[document['kind']]}.yaml").read_text())
    [version] = [v for v in crd["spec"]["versions"] if document["apiVersion"].endswith("/" + v["name"])]
    schema = closed(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_what_the_prometheus_operator_knows(kind: str, helm: Helm, crds: Path) -> None:
    rule = {"enabled": True, "runbookUrl": "https://it.acme.example/books", "alertLabels": {"team": "it"}}
    on = {"podMonitor": FULL} if kind == "PodMonitor" else {"serviceMonitor": FULL, "prometheusRule": rule}
    document = render(helm, on)[kind]
    assert problems(document, crds) == []
    assert problems({**document, "spec": {**document["spec"], "podmetricsendpoint": []}}, crds)


def test_nothing_is_on_by_itself(helm: Helm) -> None:
    assert render(helm, {}) == {}


@pytest.mark.parametrize("kind", ["serviceMonitor", "podMonitor"])
def test_a_monitor_says_what_its_values_say(kind: str, helm: Helm) -> None:
    document = render(helm, {kind: FULL})[kind[0].upper() + kind[1:]]
    [way] = document["spec"].get("endpoints") or document["spec"]["podMetricsEndpoints"]
    assert (way["port"], way["interval"], way["scrapeTimeout"]) == ("metrics", "30s", "10s")
    assert way["relabelings"] == [
        {"action": "replace", "targetLabel": "job", "replacement": "pomona"},
        *FULL["relabelings"],  # type: ignore[misc]
    ]
    assert way["metricRelabelings"] == FULL["metricRelabelings"]
    assert document["metadata"]["labels"]["release"] == "prometheus"
    assert document["metadata"]["annotations"] == FULL["annotations"]


def test_nothing_is_scraped_twice(helm: Helm) -> None:
    with pytest.raises(HelmFailed, match="serviceMonitor and podMonitor are both enabled"):
        render(helm, {**ALL_ON, **POD_MONITOR})


def test_the_alerts_are_those_of_the_file_for_this_release(
    helm: Helm, promtool: Promtool, tmp_path: Path
) -> None:
    spec = render(helm, ALL_ON, release="north")["PrometheusRule"]["spec"]
    expected = [
        alert["expr"].replace('job="pomona"', 'job="north-pomona",namespace="pomona-system"')
        for alert in alerts(yaml.safe_load(RULES.read_text()))
    ]
    assert [alert["expr"] for alert in alerts(spec)] == expected
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(spec))
    promtool.run("check", "rules", file)


def runbooks(rendered: Rendered) -> Iterator[str]:
    for alert in alerts(rendered["PrometheusRule"]["spec"]):
        yield alert["annotations"].get("runbook_url", "").removesuffix(f"/{alert['alert']}.md")


def test_the_pages_are_where_the_values_say(helm: Helm) -> None:
    rule = {"enabled": True, "runbookUrl": "https://it.acme.example/books/"}
    assert set(runbooks(render(helm, {"prometheusRule": rule}))) == {"https://it.acme.example/books"}


def test_without_that_they_are_at_the_charts_home(rendered: Rendered) -> None:
    home = yaml.safe_load((CHART / "Chart.yaml").read_text()).get("home", "")
    assert set(runbooks(rendered)) == {f"{home.rstrip('/')}/docs/runbooks" if home else ""}


def test_alerts_can_be_left_out_labelled_and_added_to(helm: Helm) -> None:
    mine = {"name": "mine", "rules": [{"alert": "Mine", "expr": "vector(1)"}]}
    rule = {
        "enabled": True,
        "disabled": ["PomonaGitStale"],
        "alertLabels": {"team": "it", "severity": "info"},
        "additionalGroups": [mine],
    }
    spec = render(helm, {"prometheusRule": rule})["PrometheusRule"]["spec"]
    names = {alert["alert"] for alert in alerts(spec)}
    assert "PomonaGitStale" not in names
    assert {"PomonaMDMStale", "Mine"} <= names
    ours = [alert["labels"] for group in spec["groups"][:-1] for alert in group["rules"]]
    assert all(labels == {"team": "it", "severity": "info"} for labels in ours)


@pytest.mark.parametrize(
    ("monitoring", "message"),
    [
        pytest.param(
            {"prometheusRule": {"enabled": True, "disabled": ["PomonaGone"]}},
            "there is no alert PomonaGone; expected some of PomonaDown, PomonaReplicaDown",
            id="an alert that there is not",
        ),
        pytest.param({"serviceMonitor": {"intervall": "30s"}}, "intervall", id="a misspelt value"),
        pytest.param({"podMonitor": {"interval": "30"}}, "interval", id="no duration"),
        pytest.param({"prometheusRule": {"runbookUrl": "docs"}}, "runbookUrl", id="no address"),
        pytest.param({"grafana": {}}, "grafana", id="a key that there is not"),
    ],
)
def test_values_that_mean_nothing_are_refused(monitoring: dict[str, Any], message: str, helm: Helm) -> None:
    with pytest.raises(HelmFailed, match=message):
        render(helm, monitoring)


def test_the_dashboard_comes_as_it_is(rendered: Rendered) -> None:
    made = rendered["ConfigMap"]
    assert json.loads(made["data"]["pomona.json"]) == json.loads(
        (CHART / "files" / "dashboard.json").read_text()
    )
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert "annotations" not in made["metadata"]


def test_the_dashboard_goes_where_the_values_say(helm: Helm) -> None:
    dashboard = {"enabled": True, "namespace": "grafana", "folder": "IT", "annotations": {"a.example/b": "c"}}
    metadata = render(helm, {"dashboard": dashboard})["ConfigMap"]["metadata"]
    assert metadata["namespace"] == "grafana"
    assert metadata["annotations"] == {"grafana_folder": "IT", "a.example/b": "c"}
