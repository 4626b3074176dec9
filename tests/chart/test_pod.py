"""What the pods of the chart may do on their node, whatever the values."""

from typing import Any

import pytest

from controller.operator import GRACE
from tests.chart.conftest import VARIANTS, flags_of, name_of
from tests.lab.helm import CHARTS, Helm

OPERATOR = [values for chart, values in VARIANTS if chart == "pomona"]
FULL = CHARTS / "pomona" / "ci" / "full-values.yaml"


@pytest.fixture(params=OPERATOR, ids=name_of)
def objects(helm4: Helm, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return helm4.objects("pomona", *flags_of(request.param))


def pods(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The operator's, and the one of `helm test`."""
    [deployment] = [found for found in objects if found["kind"] == "Deployment"]
    [test] = [found for found in objects if found["kind"] == "Pod"]
    return [deployment["spec"]["template"]["spec"], test["spec"]]


def test_no_pod_is_more_than_restricted(objects: list[dict[str, Any]]) -> None:
    for pod in pods(objects):
        security = pod["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] >= 1000
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] == (pod is pods(objects)[0] or "serviceAccountName" in pod)
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]


def test_what_it_writes_is_in_memory(objects: list[dict[str, Any]]) -> None:
    operator = pods(objects)[0]
    [container] = operator["containers"]
    env = {entry["name"]: entry.get("value") for entry in container["env"]}

    [tmp] = [volume for volume in operator["volumes"] if volume["name"] == "tmp"]
    assert tmp["emptyDir"]["medium"] == "Memory"
    assert tmp["emptyDir"]["sizeLimit"]
    assert (env["HOME"], env["TMPDIR"]) == ("/tmp", "/tmp")
    assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]


def test_it_may_end_as_it_wants_to(objects: list[dict[str, Any]]) -> None:
    assert pods(objects)[0]["terminationGracePeriodSeconds"] > GRACE


def test_probes_and_service_find_what_listens(objects: list[dict[str, Any]]) -> None:
    [container] = pods(objects)[0]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    [service] = [found for found in objects if found["kind"] == "Service"]

    assert f"--listen=:{ports['webhook']}" in container["args"]
    assert f"--metrics-listen=:{ports['metrics']}" in container["args"]
    assert [port["targetPort"] for port in service["spec"]["ports"]] == ["webhook", "metrics"]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "metrics"


def test_nothing_selects_the_pod_of_the_test(objects: list[dict[str, Any]]) -> None:
    [test] = [found["metadata"]["labels"] for found in objects if found["kind"] == "Pod"]
    [deployment] = [found["spec"] for found in objects if found["kind"] == "Deployment"]
    [service] = [found["spec"] for found in objects if found["kind"] == "Service"]

    for selector in (deployment["selector"]["matchLabels"], service["selector"]):
        assert not selector.items() <= test.items()
        assert selector.items() <= deployment["template"]["metadata"]["labels"].items()


def test_two_are_spread_and_not_taken_away_at_once(helm4: Helm) -> None:
    objects = helm4.objects("pomona", "--set", "replicas=2")
    [budget] = [found["spec"] for found in objects if found["kind"] == "PodDisruptionBudget"]
    [deployment] = [found["spec"] for found in objects if found["kind"] == "Deployment"]
    [spread] = deployment["template"]["spec"]["topologySpreadConstraints"]

    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == deployment["selector"] == spread["labelSelector"]


def test_one_is_not_kept_from_being_taken_away(helm4: Helm) -> None:
    assert "PodDisruptionBudget" not in {found["kind"] for found in helm4.objects("pomona")}


def test_what_goes_in_and_out(helm4: Helm) -> None:
    [policy] = [
        found["spec"]
        for found in helm4.objects("pomona", "--values", FULL)
        if found["kind"] == "NetworkPolicy"
    ]
    heard, shown = policy["ingress"]
    names, others, replicas, _ = policy["egress"]

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert [port["port"] for rule in (heard, shown) for port in rule["ports"]] == ["webhook", "metrics"]
    assert heard["from"][-1] == replicas["to"][0] == {"podSelector": policy["podSelector"]}
    assert {port["port"] for port in names["ports"]} == {53}
    assert [port["port"] for port in others["ports"]] == [443, 6443, 22, 9000]


def test_metrics_are_not_exposed(helm4: Helm) -> None:
    objects = {
        found["kind"]: found["spec"] for found in helm4.objects("pomona", "--values", FULL) if "spec" in found
    }
    [rule] = objects["Ingress"]["rules"]
    [match] = objects["HTTPRoute"]["rules"]

    assert [path["path"] for path in rule["http"]["paths"]] == ["/webhook", "/git"]
    assert {path["backend"]["service"]["port"]["name"] for path in rule["http"]["paths"]} == {"webhook"}
    assert [found["path"]["value"] for found in match["matches"]] == ["/webhook", "/git"]
    assert match["backendRefs"] == [{"name": "apples", "port": 80}]
