"""What the operator's service account may and may not, in all namespaces and in given ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.cluster import Cluster, KubectlFailed
from tests.lab.helm import Helm

#: Two homes, one of each kind; a namespace that both may act in, and one that only the first may.
ALL, GIVEN, TENANT, OTHER = "home-all", "home-given", "tenant", "other"

#: What it does in a tenant's namespace.
IN_A_TENANT = [
    *((verb, "fleets.pomona.dev") for verb in ("get", "list", "watch")),
    *(
        (verb, f"{kind}.pomona.dev")
        for kind in ("updatepolicies", "devices")
        for verb in ("get", "list", "watch", "create", "patch", "delete")
    ),
    *(
        ("patch", f"{kind}.pomona.dev --subresource=status")
        for kind in ("fleets", "updatepolicies", "devices")
    ),
    ("get", "secrets/nanohub"),
    ("create", "configmaps"),
    *(
        (verb, f"configmaps/{name}")
        for name in ("pomona-ledger", "pomona-proofs", "pomona-told")
        for verb in ("get", "patch")
    ),
    ("create", "events"),
    ("patch", "events"),
]
AT_HOME = [
    ("create", "leases.coordination.k8s.io"),
    ("get", "leases.coordination.k8s.io/pomona"),
    ("update", "leases.coordination.k8s.io/pomona"),
    ("create", "configmaps"),
    *(
        (verb, f"configmaps/{name}")
        for name in ("pomona-catalog", "pomona-exploited")
        for verb in ("get", "patch")
    ),
]
NOWHERE = [
    *((verb, "fleets.pomona.dev") for verb in ("create", "update", "patch", "delete")),
    *((verb, "devices.pomona.dev") for verb in ("update", "deletecollection")),
    *((verb, "secrets") for verb in ("list", "watch", "create", "patch", "delete")),
    *((verb, "configmaps") for verb in ("list", "watch")),
    *((verb, "configmaps/other") for verb in ("get", "patch", "delete")),
    *((verb, "leases.coordination.k8s.io/other") for verb in ("get", "update", "delete")),
    ("delete", "leases.coordination.k8s.io/pomona"),
    ("delete", "configmaps/pomona-ledger"),
    ("delete", "configmaps/pomona-catalog"),
    *((verb, "events") for verb in ("get", "list", "delete")),
    *((verb, "pods") for verb in ("get", "list", "create", "delete")),
    ("create", "pods --subresource=exec"),
    ("create", "serviceaccounts --subresource=token"),
    ("get", "deployments.apps"),
    ("escalate", "roles.rbac.authorization.k8s.io"),
    ("list", "namespaces"),
    ("get", "customresourcedefinitions.apiextensions.k8s.io"),
    ("impersonate", "users"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, helm4: Helm) -> Iterator[Cluster]:
    """Both releases: one for all namespaces, one for the tenant's alone."""
    with Cluster(tmp_path_factory.mktemp("rights")) as started:
        for namespace in (ALL, GIVEN, TENANT, OTHER):
            started.kubectl("create", "namespace", namespace)
        everywhere = helm4.template("pomona", "pomona", ALL, "--no-hooks")
        there = helm4.template(
            "pomona", "pomona", GIVEN, "--no-hooks", "--set", f"watch.namespaces={{{TENANT}}}"
        )
        for rendered in (everywhere, there):
            started.kubectl("apply", "--server-side", "-f", "-", stdin=rendered)
        yield started


def may(cluster: Cluster, home: str, verb: str, what: str, namespace: str) -> bool:
    account = f"system:serviceaccount:{home}:pomona"
    resource, *subresource = what.split()
    asked = ("auth", "can-i", verb, resource, *subresource, "-n", namespace, f"--as={account}")
    try:
        said = cluster.kubectl(*asked, f"--as-group=system:serviceaccounts:{home}")
    except KubectlFailed as failed:
        said = str(failed)
    answer = said.split()[-1]
    assert answer in ("yes", "no") or "not namespace scoped" in said, said
    return answer == "yes"


@pytest.mark.parametrize("home", [ALL, GIVEN])
def test_what_it_does_in_a_tenant_it_may(cluster: Cluster, home: str) -> None:
    assert [row for row in IN_A_TENANT if not may(cluster, home, *row, TENANT)] == []


@pytest.mark.parametrize("home", [ALL, GIVEN])
def test_what_it_does_at_home_it_may(cluster: Cluster, home: str) -> None:
    assert [row for row in AT_HOME if not may(cluster, home, *row, home)] == []


@pytest.mark.parametrize(
    ("home", "namespace"), [(ALL, TENANT), (ALL, ALL), (ALL, OTHER), (GIVEN, TENANT), (GIVEN, GIVEN)]
)
def test_more_it_may_not(cluster: Cluster, home: str, namespace: str) -> None:
    assert [row for row in NOWHERE if may(cluster, home, *row, namespace)] == []


def test_outside_of_what_is_given_it_may_nothing(cluster: Cluster) -> None:
    assert [row for row in (*IN_A_TENANT, *AT_HOME) if may(cluster, GIVEN, *row, OTHER)] == []
    assert [row for row in IN_A_TENANT if may(cluster, ALL, *row, OTHER)] == IN_A_TENANT


def test_nothing_is_bound_cluster_wide_for_given_namespaces(helm4: Helm) -> None:
    values = Path(__file__).parents[2] / "charts" / "pomona" / "ci" / "namespaced-values.yaml"
    objects = helm4.objects("pomona", "--values", values)

    assert not {found["kind"] for found in objects} & {"ClusterRole", "ClusterRoleBinding"}
    assert sorted(
        (found["metadata"]["namespace"], found["metadata"]["name"])
        for found in objects
        if found["kind"] == "RoleBinding"
    ) == [("acme", "pomona-operator"), ("orchard", "pomona-operator"), ("pomona-system", "pomona")]


@pytest.mark.parametrize(
    ("role", "verb", "what", "allowed"),
    [
        ("view", "watch", "fleets", True),
        ("view", "patch", "devices", False),
        ("edit", "get", "fleets", True),
        ("edit", "patch", "updatepolicies", True),
        ("edit", "patch", "fleets", False),
        ("admin", "delete", "fleets", True),
        ("admin", "patch", "devices", True),
    ],
)
def test_what_people_may(helm4: Helm, role: str, verb: str, what: str, allowed: bool) -> None:
    """Aggregation is a controller's work, which does not run here: its selectors are followed by hand."""
    label = f"rbac.authorization.k8s.io/aggregate-to-{role}"
    gathered = [
        rule
        for found in helm4.objects("pomona")
        if found["kind"] == "ClusterRole" and found["metadata"]["labels"].get(label) == "true"
        for rule in found["rules"]
    ]

    assert any(what in rule["resources"] and verb in rule["verbs"] for rule in gathered) is allowed
