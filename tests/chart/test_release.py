"""Releases on a real API server, by the real Helm: what comes, what changes, what stays."""

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.cluster import Cluster, KubectlFailed
from tests.lab.helm import CHARTS, Helm, HelmFailed
from tests.lab.installed import are_served
from tests.lab.pod import Pod, helm_test
from tests.lab.processes import free_port
from tests.lab.waiting import wait_until

ROOT = CHARTS.parent
POMONA = CHARTS / "pomona"
KINDS = "customresourcedefinitions"
FLEETS = "fleets.pomona.dev"
DEVICE = {
    "apiVersion": "pomona.dev/v1alpha1",
    "kind": "Device",
    "metadata": {"name": "mac"},
    "spec": {"enrollment": "E-1"},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture
def helm(cluster: Cluster, tmp_path: Path) -> Iterator[Helm]:
    """Helm 4. In the end no release is left, and no kind of ours."""
    helm = Helm(tmp_path, cluster)
    yield helm
    for release in json.loads(helm("list", "--all-namespaces", "-o", "json")):
        helm("uninstall", release["name"], "-n", release["namespace"])
    if left := kinds(cluster):
        # What is deleted before it is served waits minutes for its storage.
        wait_until(lambda: are_served(cluster))
        cluster.kubectl("delete", KINDS, *left)


@pytest.fixture
def home(cluster: Cluster) -> str:
    """A namespace for an operator."""
    return made(cluster, "home")


def made(cluster: Cluster, what: str) -> str:
    name = f"{what}-{secrets.token_hex(3)}"
    cluster.kubectl("create", "namespace", name)
    return name


def kinds(cluster: Cluster) -> list[str]:
    names = cluster.kubectl("get", KINDS, "-o", "name").split()
    return [name.partition("/")[2] for name in names if name.endswith("pomona.dev")]


def spec_of(cluster: Cluster, home: str) -> dict[str, Any]:
    found: dict[str, Any] = cluster.get("deployment", "pomona", "-n", home)["spec"]
    return found


def fields(cluster: Cluster) -> set[str]:
    """What a Fleet's spec can hold, as it is served."""
    [version] = cluster.get(KINDS, FLEETS)["spec"]["versions"]
    return set(version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])


def on_loopback() -> tuple[str, str]:
    """Free ports, and nobody outside of this machine to ask."""
    webhook, metrics, nobody = free_port(), free_port(), free_port()
    ports = f"ports.webhook={webhook},ports.metrics={metrics}"
    return "--set", f"{ports},lookup.url=http://127.0.0.1:{nobody}/pmv"


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """The chart before Fleets had a brake."""
    chart = shutil.copytree(POMONA, tmp_path / "older")
    about = yaml.safe_load((chart / "Chart.yaml").read_text())
    (chart / "Chart.yaml").write_text(yaml.safe_dump({**about, "version": "0.0.9", "appVersion": "0.0.9"}))
    crd = yaml.safe_load((chart / "files" / "crds" / "fleets.yaml").read_text())
    [version] = crd["spec"]["versions"]
    del version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["brake"]
    (chart / "files" / "crds" / "fleets.yaml").write_text(yaml.safe_dump(crd))
    return chart


def test_what_is_installed_runs_and_is_tested(
    helm: Helm, cluster: Cluster, home: str, entrypoint: tuple[Path, ...], tmp_path: Path
) -> None:
    said = helm("install", "pomona", POMONA, "-n", home, *on_loopback())
    assert "acts in all namespaces" in said
    operator = Pod.of(cluster, home, "pomona", tmp_path / "pod").start(entrypoint)
    try:
        operator.wait_until(operator.ready)
        tested = helm_test(helm, cluster, home, "pomona", operator.metrics_port)
        assert "Phase:          Succeeded" in tested
        assert operator.stop() == 0
    finally:
        operator.kill()


def test_roles_in_given_namespaces_are_enough(
    helm: Helm, cluster: Cluster, home: str, entrypoint: tuple[Path, ...], tmp_path: Path
) -> None:
    """It writes the status of a Fleet in a namespace that it acts in, and none elsewhere."""
    tenant, other = made(cluster, "tenant"), made(cluster, "other")
    helm("install", "pomona", POMONA, "-n", home, *only(tenant), *on_loopback())
    wait_until(lambda: are_served(cluster))
    for namespace in (tenant, other):
        mdm = f"mdm.nanohub.url=http://127.0.0.1:{free_port()},mdm.nanohub.secretRef.name=nanohub"
        helm("install", "acme", CHARTS / "pomona-fleet", "-n", namespace, "--set", mdm)

    def seen(namespace: str) -> bool:
        """Has an operator looked at the Fleet?"""
        return bool(cluster.get("fleet", "acme", "-n", namespace)["status"].get("conditions"))

    operator = Pod.of(cluster, home, "pomona", tmp_path / "pod").start(entrypoint)
    try:
        operator.wait_until(lambda: seen(tenant))
        assert not seen(other)
        assert operator.ready()
        assert "orbidden" not in operator.tail(1000)
    finally:
        operator.kill()


def test_the_oldest_helm_can_do_it_all(helm: Helm, cluster: Cluster, home: str, older: Path) -> None:
    oldest = Helm(older.parent, cluster, "helm3")
    oldest("install", "pomona", older, "-n", home)
    oldest("upgrade", "pomona", POMONA, "-n", home)
    assert "brake" in fields(cluster)
    oldest("rollback", "pomona", "1", "-n", home)
    assert "brake" not in fields(cluster)
    oldest("uninstall", "pomona", "-n", home)

    assert len(kinds(cluster)) == 3
    helm("install", "pomona", POMONA, "-n", home)
    assert "brake" in fields(cluster)


def test_an_operator_that_is_away_fails_the_test(helm: Helm, cluster: Cluster, home: str) -> None:
    helm("install", "pomona", POMONA, "-n", home)

    with pytest.raises(HelmFailed, match="pomona-test failed"):
        helm_test(helm, cluster, home, "pomona", free_port())


def test_an_uninstall_keeps_kinds_and_objects(helm: Helm, cluster: Cluster, home: str) -> None:
    helm("install", "pomona", POMONA, "-n", home)
    wait_until(lambda: are_served(cluster))
    cluster.kubectl("apply", "--server-side", "-n", home, "-f", "-", stdin=yaml.safe_dump(DEVICE))
    helm("uninstall", "pomona", "-n", home)

    left = cluster.kubectl(
        "get", "deployments,services,serviceaccounts,roles,rolebindings", "-n", home, "-o", "name"
    )
    assert left == ""
    assert "pomona" not in cluster.kubectl("get", "clusterroles,clusterrolebindings", "-o", "name")
    assert len(kinds(cluster)) == 3
    assert cluster.get("device", "mac", "-n", home)["spec"] == DEVICE["spec"]

    helm("install", "pomona", POMONA, "-n", home)
    assert cluster.get("device", "mac", "-n", home)["spec"] == DEVICE["spec"]


def test_what_no_release_made_is_taken_over_when_told_to(helm: Helm, cluster: Cluster, home: str) -> None:
    """Kinds, account and role as they stood before there was a chart."""
    cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "crds"))
    cluster.kubectl("create", "serviceaccount", "pomona", "-n", home)
    cluster.kubectl("create", "role", "pomona", "--verb=get", "--resource=leases", "-n", home)
    with pytest.raises(HelmFailed, match="cannot be imported into the current release"):
        helm("install", "pomona", POMONA, "-n", home)
    helm("install", "pomona", POMONA, "-n", home, "--take-ownership", "--force-conflicts")

    verbs = [rule["verbs"] for rule in cluster.get("role", "pomona", "-n", home)["rules"]]
    assert ["get", "update"] in verbs


def test_kinds_that_another_release_left_are_taken_over_when_told_to(
    helm: Helm, cluster: Cluster, home: str
) -> None:
    helm("install", "pomona", POMONA, "-n", home)
    helm("uninstall", "pomona", "-n", home)
    elsewhere = made(cluster, "home")
    with pytest.raises(HelmFailed, match="cannot be imported into the current release"):
        helm("install", "pomona", POMONA, "-n", elsewhere)
    helm("install", "pomona", POMONA, "-n", elsewhere, "--take-ownership")

    assert (
        cluster.get(KINDS, FLEETS)["metadata"]["annotations"]["meta.helm.sh/release-namespace"] == elsewhere
    )


def test_without_keep_an_uninstall_takes_the_kinds(helm: Helm, cluster: Cluster, home: str) -> None:
    helm("install", "pomona", POMONA, "-n", home, "--set", "crds.keep=false")
    wait_until(lambda: are_served(cluster))
    helm("uninstall", "pomona", "-n", home)

    wait_until(lambda: kinds(cluster) == [], what="the kinds go")


def test_an_upgrade_brings_the_kinds_and_a_rollback_takes_them_back(
    helm: Helm, cluster: Cluster, home: str, older: Path
) -> None:
    helm("install", "pomona", older, "-n", home)
    assert "brake" not in fields(cluster)
    helm("upgrade", "pomona", POMONA, "-n", home)
    assert "brake" in fields(cluster)
    assert spec_of(cluster, home)["template"]["spec"]["containers"][0]["image"] == "pomona:0.1.0"
    helm("rollback", "pomona", "1", "-n", home)
    assert "brake" not in fields(cluster)
    assert spec_of(cluster, home)["template"]["spec"]["containers"][0]["image"] == "pomona:0.0.9"


def test_an_older_chart_can_leave_newer_kinds_alone(
    helm: Helm, cluster: Cluster, home: str, older: Path
) -> None:
    helm("install", "pomona", POMONA, "-n", home)
    helm("upgrade", "pomona", older, "-n", home, "--set", "crds.enabled=false")

    assert "brake" in fields(cluster)


def test_an_operator_says_that_the_kinds_are_older(
    helm: Helm, cluster: Cluster, home: str, older: Path, entrypoint: tuple[Path, ...], tmp_path: Path
) -> None:
    helm("install", "pomona", older, "-n", home)
    helm("upgrade", "pomona", POMONA, "-n", home, "--set", "crds.enabled=false", *on_loopback())
    operator = Pod.of(cluster, home, "pomona", tmp_path / "pod").start(entrypoint)
    try:
        operator.wait_until(lambda: "Fleet is served without spec.brake" in operator.tail())
        assert not operator.ready()
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
        operator.wait_until(operator.ready)
    finally:
        operator.kill()


def test_who_scales_has_the_say(helm: Helm, cluster: Cluster, home: str) -> None:
    helm("install", "pomona", POMONA, "-n", home)
    assert spec_of(cluster, home)["replicas"] == 1
    cluster.kubectl("scale", "deployment/pomona", "--replicas=2", "-n", home)
    helm("upgrade", "pomona", POMONA, "-n", home, "--set", "log.level=debug")

    assert spec_of(cluster, home)["replicas"] == 2


def test_a_number_in_the_values_is_helms(helm: Helm, cluster: Cluster, home: str) -> None:
    helm("install", "pomona", POMONA, "-n", home, "--set", "replicas=2")
    cluster.kubectl("scale", "deployment/pomona", "--replicas=1", "-n", home)
    with pytest.raises(HelmFailed, match=r"conflict.*\.spec\.replicas"):
        helm("upgrade", "pomona", POMONA, "-n", home, "--set", "replicas=2")
    helm("upgrade", "pomona", POMONA, "-n", home, "--set", "replicas=2", "--force-conflicts")

    assert spec_of(cluster, home)["replicas"] == 2


class TestShards:
    def test_they_share_a_cluster(self, helm: Helm, cluster: Cluster, home: str) -> None:
        tenants = made(cluster, "tenant"), made(cluster, "tenant")
        helm("install", "pomona-a", POMONA, "-n", home, *only(tenants[0]))
        helm("install", "pomona-b", POMONA, "-n", made(cluster, "home"), *only(tenants[1]), *NO_KINDS)
        helm("upgrade", "pomona-a", POMONA, "-n", home, *only(tenants[0]))

        for tenant in tenants:
            assert cluster.get("roles", "-n", tenant)["items"][0]["metadata"]["name"] == "pomona-operator"

    def test_one_home_is_not_for_two(self, helm: Helm, cluster: Cluster, home: str) -> None:
        tenants = made(cluster, "tenant"), made(cluster, "tenant")
        helm("install", "pomona-a", POMONA, "-n", home, *only(tenants[0]))

        with pytest.raises(HelmFailed, match=f"namespace {home} holds release {home}/pomona-a already"):
            helm("install", "pomona-b", POMONA, "-n", home, *only(tenants[1]), *NO_KINDS)

    def test_one_tenant_is_not_for_two(self, helm: Helm, cluster: Cluster, home: str) -> None:
        tenant = made(cluster, "tenant")
        helm("install", "pomona-a", POMONA, "-n", home, *only(tenant))

        with pytest.raises(HelmFailed, match=f"release {home}/pomona-a acts in {tenant} already"):
            helm("install", "pomona-b", POMONA, "-n", made(cluster, "home"), *only(tenant), *NO_KINDS)

    def test_all_namespaces_are_not_free_while_one_is_taken(
        self, helm: Helm, cluster: Cluster, home: str
    ) -> None:
        tenant = made(cluster, "tenant")
        helm("install", "pomona-a", POMONA, "-n", home, *only(tenant), *NO_KINDS)

        with pytest.raises(HelmFailed, match=f"release {home}/pomona-a acts in {tenant} already"):
            helm("install", "pomona-b", POMONA, "-n", made(cluster, "home"), *NO_KINDS)

    def test_none_is_free_while_all_are_taken(self, helm: Helm, cluster: Cluster, home: str) -> None:
        helm("install", "pomona-a", POMONA, "-n", home)

        with pytest.raises(HelmFailed, match=f"release {home}/pomona-a acts in all namespaces already"):
            helm("install", "pomona-b", POMONA, "-n", made(cluster, "home"), *only(made(cluster, "tenant")))

    def test_a_release_that_narrows_itself_is_alone(self, helm: Helm, cluster: Cluster, home: str) -> None:
        tenant = made(cluster, "tenant")
        helm("install", "pomona", POMONA, "-n", home)
        helm("upgrade", "pomona", POMONA, "-n", home, *only(tenant))
        with pytest.raises(KubectlFailed, match="not found"):
            cluster.kubectl("get", "clusterrole", "pomona-operator")
        helm("upgrade", "pomona", POMONA, "-n", home, "--reset-values")

        assert cluster.get("roles", "-n", tenant)["items"] == []


NO_KINDS = ("--set", "crds.enabled=false,rbac.aggregate=false")


def only(tenant: str) -> tuple[str, str]:
    return "--set", f"watch.namespaces={{{tenant}}}"


class TestTenant:
    @pytest.fixture
    def tenant(self, helm: Helm, cluster: Cluster, home: str) -> str:
        helm("install", "pomona", POMONA, "-n", home)
        wait_until(lambda: are_served(cluster))
        return made(cluster, "tenant")

    def test_it_comes_changes_and_goes(self, helm: Helm, cluster: Cluster, tenant: str) -> None:
        values = CHARTS / "pomona-fleet" / "ci" / "full-values.yaml"
        helm("install", "acme", CHARTS / "pomona-fleet", "-n", tenant, "--values", values)
        names = cluster.kubectl("get", "fleets,updatepolicies", "-n", tenant, "-o", "name").split()
        assert [name.rpartition("/")[2] for name in names] == ["acme", "macs", "macs-canary"]

        flags = ("--reuse-values", "--set", "suspend=true")
        helm("upgrade", "acme", CHARTS / "pomona-fleet", "-n", tenant, *flags)
        assert cluster.get("fleet", "acme", "-n", tenant)["spec"]["suspend"] is True

        helm("uninstall", "acme", "-n", tenant)
        assert cluster.kubectl("get", "fleets,updatepolicies", "-n", tenant, "-o", "name") == ""

    def test_the_api_server_sees_what_a_schema_cannot(self, helm: Helm, tenant: str) -> None:
        values = CHARTS / "pomona-fleet" / "ci" / "full-values.yaml"

        with pytest.raises(HelmFailed, match="exactly one key is expected"):
            helm(
                *("install", "acme", CHARTS / "pomona-fleet", "-n", tenant, "--values", values),
                *("--set", "policies.macs.target.latest.major=26"),
            )
