"""The schemas, as the API server itself judges by them and kubectl shows them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.lab.cluster import Cluster, KubectlFailed

FLEET = {"mdm": {"nanohub": {"url": "https://mdm.acme.example", "secretRef": {"name": "nanohub"}}}}
GIT = {"url": "https://git.acme.example/it/updates.git", "ref": {"branch": "main"}}
POLICY = {"platform": "macOS", "selector": {}, "target": {"latest": {}}}
DEVICE = {"enrollment": "00008112-000A1234ABCD001E"}
SLACK = {"type": "slack", "secretRef": {"name": "slack"}}
HOLIDAYS = {"from": "2026-12-19", "until": "2027-01-06"}


def fleet(**spec: Any) -> dict[str, Any]:
    return a("Fleet", {**FLEET, **spec})


def git(**spec: Any) -> dict[str, Any]:
    return fleet(git={**GIT, **spec})


def policy(**spec: Any) -> dict[str, Any]:
    return a("UpdatePolicy", {**POLICY, **spec})


def device(**spec: Any) -> dict[str, Any]:
    return a("Device", {**DEVICE, **spec})


def a(kind: str, spec: Mapping[str, Any], name: str = "sample") -> dict[str, Any]:
    return {"apiVersion": "pomona.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def applied(cluster: Cluster, namespace: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What the API server would store."""
    stored: dict[str, Any] = json.loads(
        cluster.kubectl(
            *("apply", "--server-side", "--dry-run=server", "-n", namespace, "-o", "json", "-f", "-"),
            stdin=yaml.safe_dump(manifest),
        )
    )
    return stored


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(fleet(), id="fleet without git"),
        pytest.param(git(), id="fleet"),
        pytest.param(git(url="ssh://git@git.acme.example/it/updates.git"), id="git by ssh"),
        pytest.param(git(url="file:///srv/updates.git"), id="git by file"),
        pytest.param(git(path="it/policies", interval="1h30m"), id="git path and interval"),
        pytest.param(fleet(skip=[{"platform": "iOS", "version": "18.7.10"}]), id="fleet skip"),
        pytest.param(fleet(brake={"percent": 0, "devices": 0}), id="the tightest brake"),
        pytest.param(
            fleet(notify=[SLACK, {**SLACK, "severity": "warning", "reasons": ["Gate*"]}]), id="notify"
        ),
        pytest.param(fleet(register={"enabled": False}), id="no registration"),
        pytest.param(fleet(register={"labels": {"ring": "new", "acme.example/via": ""}}), id="labels"),
        pytest.param(policy(), id="policy"),
        pytest.param(policy(target={"sameMajor": {}}), id="sameMajor"),
        pytest.param(policy(target={"latest": {"major": 26}}), id="latest of a major"),
        pytest.param(policy(target={"latest": {"behind": 1}}), id="latest behind"),
        pytest.param(policy(target={"below": {"version": "26"}}), id="below a major"),
        pytest.param(policy(target={"below": {"version": "26.0.1"}}), id="below a version"),
        pytest.param(policy(target={"exact": {"version": "26.0"}}), id="exact"),
        pytest.param(policy(target={"exact": {"version": "15.6.1", "build": "24G90"}}), id="exact build"),
        pytest.param(policy(target={"exact": {"version": "26.0", "build": "25A5279m"}}), id="seed build"),
        pytest.param(policy(target={"none": {}}), id="none"),
        pytest.param(policy(selector={"names": ["c02xk1abcd"]}), id="names"),
        pytest.param(policy(selector={"matchLabels": {"it.acme.example/ring": "canary"}}), id="labels"),
        pytest.param(
            policy(
                selector={
                    "matchExpressions": [
                        {"key": "owner", "operator": "NotIn", "values": ["lab"]},
                        {"key": "ring", "operator": "Exists"},
                    ]
                }
            ),
            id="expressions",
        ),
        pytest.param(policy(selector={"percent": 0, "enrolledDays": 0}), id="the fewest devices"),
        pytest.param(policy(selector={"percent": 100, "enrolledDays": 3650}), id="the most devices"),
        pytest.param(policy(backgroundSecurity="Enforce"), id="background security"),
        pytest.param(policy(deadline={"days": 0, "at": "00:00", "noticeDays": 0}), id="deadline"),
        pytest.param(
            policy(deadline={"exploitedDays": 0, "majorDays": 365, "spreadDays": 30}), id="more days"
        ),
        pytest.param(
            policy(deadline={"notBefore": "2028-02-29", "weekdays": ["Thu", "Mon"]}), id="only on these days"
        ),
        pytest.param(policy(freeze=[HOLIDAYS] * 64), id="many freezes"),
        pytest.param(
            policy(freeze=[{"from": "2026-12-24", "until": "2026-12-24", "exceptExploited": True}]),
            id="freeze of a day",
        ),
        pytest.param(fleet(freeze=[{**HOLIDAYS, "reason": "Holidays"}]), id="freeze of the fleet"),
        pytest.param(policy(gate={"after": "macs-canary"}), id="gate"),
        pytest.param(
            policy(
                gate={
                    "after": "macs-canary",
                    "healthyPercent": 100,
                    "minDevices": 100_000,
                    "soakDays": 0,
                    "exploitedSoakDays": 90,
                    "proven": ["15.6.1"] * 256,
                }
            ),
            id="the largest gate",
        ),
        pytest.param(policy(skip=[{"version": "15.6.1", "reason": "VPN panics"}]), id="policy skip"),
        pytest.param(policy(detailsURL="https://it.acme.example/updates?os=15"), id="details"),
        pytest.param(device(serialNumber="C02XK1ABCD", model="J314sAP"), id="device"),
        pytest.param(device(hold={"until": "2028-02-29", "reason": "Board roadshow"}), id="hold"),
    ],
)
def test_accepts(cluster: Cluster, namespace: str, manifest: dict[str, Any]) -> None:
    stored = applied(cluster, namespace, manifest)

    assert manifest["metadata"]["name"] == stored["metadata"]["name"]


NANOHUB = FLEET["mdm"]["nanohub"]
ONE_TARGET = (
    "spec.target: Invalid value: exactly one key is expected: sameMajor, latest, below, exact or none"
)
DATE = 'a date is expected, such as "2026-12-01"'
UNTIL = "until is expected to be the day of from or a later one"
VALUES = "values are expected with the operators In and NotIn, and only there"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param(a("Fleet", {}), "spec.mdm: Required value", id="no mdm"),
        pytest.param(fleet(mdm={}), "exactly one key is expected: nanohub", id="empty mdm"),
        pytest.param(fleet(mdm={"other": {}}), ".spec.mdm.other: field not declared", id="another mdm"),
        pytest.param(
            fleet(mdm={"nanohub": {**NANOHUB, "url": "ftp://mdm.acme.example"}}),
            "an http or https URL without credentials and query is expected",
            id="mdm by ftp",
        ),
        pytest.param(
            fleet(mdm={"nanohub": {**NANOHUB, "url": "https://me:secret@mdm.acme.example"}}),
            "an http or https URL without credentials and query is expected",
            id="credentials in the mdm url",
        ),
        pytest.param(
            fleet(mdm={"nanohub": {"url": "https://mdm.acme.example"}}),
            "spec.mdm.nanohub.secretRef: Required value",
            id="no mdm secret",
        ),
        pytest.param(git(url="git.acme.example/x"), "an https, ssh or file URL is expected", id="git url"),
        pytest.param(
            git(url="https://token@git.acme.example/x"),
            "an https, ssh or file URL is expected, credentials in secretRef",
            id="credentials in the git url",
        ),
        pytest.param(git(ref={}), "exactly one key is expected: branch, tag", id="empty ref"),
        pytest.param(git(ref={"branch": "main", "tag": "v1"}), "exactly one key is expected", id="two refs"),
        pytest.param(git(ref={"commit": "9f2c"}), "40 hexadecimal digits", id="half a commit"),
        pytest.param(git(verify={}), "secretRef", id="nobody to verify by"),
        pytest.param(git(path="/etc"), "a path below the root of the repository is expected", id="root"),
        pytest.param(git(path="a/../../b"), "a path below the root of the repository", id="path upwards"),
        pytest.param(git(interval="10"), "a duration of at least 1s is expected", id="no unit"),
        pytest.param(git(interval="999ms"), "a duration of at least 1s is expected", id="too often"),
        pytest.param(
            fleet(register={"labels": {"pomona.dev/platform": "x"}}), "set by the operator", id="own"
        ),
        pytest.param(fleet(register={"labels": {"a b": "x"}}), "label names such as ring", id="label name"),
        pytest.param(fleet(register={"labels": {"ring": "a b"}}), "should match", id="label value"),
        pytest.param(fleet(brake={"percent": 101}), "should be less than or equal to 100", id="brake"),
        pytest.param(fleet(notify=[{**SLACK, "type": "pager"}]), '"generic", "slack", "msteams"', id="type"),
        pytest.param(fleet(notify=[{"type": "slack"}]), "notify[0].secretRef: Required", id="no Secret"),
        pytest.param(
            fleet(notify=[{**SLACK, "severity": "error"}]), 'values: "info", "warning"', id="severity"
        ),
        pytest.param(
            fleet(notify=[{**SLACK, "reasons": ["Gate.*"]}]),
            "a reason is expected, such as Brake or Gate*",
            id="an expression",
        ),
        pytest.param(fleet(notify=[SLACK] * 17), "must have at most 16 items", id="too many receivers"),
        pytest.param(
            fleet(skip=[{"platform": "macOS", "version": "15"}]),
            r"spec.skip[0].version in body should match '^\d{1,4}(\.\d{1,4}){1,2}$'",
            id="fleet skip",
        ),
        pytest.param(a("Fleet", FLEET, "a" * 64), "at most 63 characters", id="long name"),
        pytest.param(policy(platform="watchOS"), 'supported values: "iOS", "iPadOS"', id="platform"),
        pytest.param(
            a("UpdatePolicy", {"platform": "macOS", "target": {"none": {}}}),
            "spec.selector: Required value",
            id="no selector",
        ),
        pytest.param(policy(target={}), ONE_TARGET, id="no target"),
        pytest.param(policy(target={"below": {"version": "26"}, "none": {}}), ONE_TARGET, id="below too"),
        pytest.param(
            policy(target={"latest": {"major": 15, "behind": 1}}),
            "spec.target.latest: Invalid value: at most one key is expected: major or behind",
            id="behind a major",
        ),
        pytest.param(
            policy(target={"latest": {"behind": 0}}), "should be greater than or equal to 1", id="behind none"
        ),
        pytest.param(
            policy(target={"latest": {"behind": 10}}), "should be less than or equal to 9", id="far behind"
        ),
        pytest.param(policy(target={"below": {}}), "spec.target.below.version: Required", id="below what"),
        pytest.param(
            policy(target={"below": {"version": "Tahoe"}}),
            'spec.target.below.version: Invalid value: "Tahoe": a version is expected, such as "26"',
            id="below a name",
        ),
        pytest.param(
            policy(target={"exact": {"version": "15.6.1", "build": "latest"}}),
            'spec.target.exact.build: Invalid value: "latest": a build is expected, such as "24G90"',
            id="build",
        ),
        pytest.param(
            policy(target={"exact": {"version": "15.x"}}),
            'Invalid value: "15.x": a version is expected, such as "15.6.1"',
            id="version, in words",
        ),
        pytest.param(
            policy(selector={"percent": 101}), "should be less than or equal to 100", id="all and one more"
        ),
        pytest.param(
            policy(selector={"percent": "10%"}), ".spec.selector.percent: expected numeric", id="percent sign"
        ),
        pytest.param(
            policy(selector={"enrolledDays": -1}), "should be greater than or equal to 0", id="enrolled"
        ),
        pytest.param(
            policy(backgroundSecurity="enforce"), 'supported values: "Leave", "Enforce"', id="background"
        ),
        pytest.param(policy(target={"latest": {}, "none": {}}), ONE_TARGET, id="two targets"),
        pytest.param(
            policy(target={"exact": {"version": "15.x"}}),
            r"spec.target.exact.version in body should match '^\d{1,4}(\.\d{1,4}){1,2}$'",
            id="version",
        ),
        pytest.param(
            policy(target={"sameMajor": {"major": 15}}), ".spec.target.sameMajor.major", id="unknown option"
        ),
        pytest.param(policy(typo=1), ".spec.typo: field not declared in schema", id="unknown field"),
        pytest.param(
            policy(selector={"matchExpressions": [{"key": "ring", "operator": "In"}]}),
            VALUES,
            id="In nothing",
        ),
        pytest.param(
            policy(selector={"matchExpressions": [{"key": "ring", "operator": "Exists", "values": ["a"]}]}),
            VALUES,
            id="Exists with values",
        ),
        pytest.param(
            policy(selector={"matchExpressions": [{"key": "a b", "operator": "Exists"}]}),
            "spec.selector.matchExpressions[0].key in body should match",
            id="label key",
        ),
        pytest.param(
            policy(selector={"matchLabels": {"ring": "a b"}}),
            "spec.selector.matchLabels.ring in body should match",
            id="label value",
        ),
        pytest.param(policy(deadline={"days": 366}), "should be less than or equal to 365", id="days"),
        pytest.param(policy(deadline={"noticeDays": 31}), "should be less than or equal to 30", id="notice"),
        pytest.param(
            policy(deadline={"at": "24:00"}),
            r"spec.deadline.at in body should match '^([01]\d|2[0-3]):[0-5]\d$'",
            id="at",
        ),
        pytest.param(
            policy(deadline={"at": "6pm"}),
            'spec.deadline.at: Invalid value: "6pm": a time of day is expected, such as "18:00"',
            id="at, in words",
        ),
        pytest.param(
            policy(deadline={"exploitedDays": 366}),
            "should be less than or equal to 365",
            id="exploited days",
        ),
        pytest.param(
            policy(deadline={"majorDays": -1}), "should be greater than or equal to 0", id="major days"
        ),
        pytest.param(
            policy(deadline={"spreadDays": 31}), "should be less than or equal to 30", id="spread days"
        ),
        pytest.param(
            policy(deadline={"notBefore": "2026-02-30"}),
            f'spec.deadline.notBefore: Invalid value: "2026-02-30": {DATE}',
            id="no such day to begin",
        ),
        pytest.param(policy(deadline={"notBefore": "2026-12-1"}), DATE, id="a short date"),
        pytest.param(policy(deadline={"notBefore": "2027-02-29"}), DATE, id="no leap year"),
        pytest.param(policy(deadline={"notBefore": "1999-12-31"}), "should match '^20", id="another century"),
        pytest.param(policy(deadline={"weekdays": ["Monday"]}), 'values: "Mon", "Tue", "Wed"', id="weekday"),
        pytest.param(
            policy(deadline={"weekdays": ["Mon", "Mon"]}),
            "spec.deadline.weekdays: Invalid value: each day is expected once",
            id="weekday twice",
        ),
        pytest.param(
            policy(deadline={"weekdays": []}), "should have at least 1 items", id="on no day of the week"
        ),
        pytest.param(
            policy(freeze=[{"from": "2026-12-19"}]), "freeze[0].until: Required", id="endless freeze"
        ),
        pytest.param(
            policy(freeze=[{"until": "2026-12-19"}]), "freeze[0].from: Required", id="eternal freeze"
        ),
        pytest.param(
            policy(freeze=[HOLIDAYS, {"from": "2026-12-19", "until": "2026-12-18"}]),
            f"spec.freeze[1]: Invalid value: {UNTIL}",
            id="freeze backwards",
        ),
        pytest.param(
            policy(freeze=[{**HOLIDAYS, "from": "2026-11-31"}]),
            f'spec.freeze[0].from: Invalid value: "2026-11-31": {DATE}',
            id="freeze from no day",
        ),
        pytest.param(policy(freeze=[HOLIDAYS] * 65), "must have at most 64 items", id="too many freezes"),
        pytest.param(
            fleet(freeze=[{"from": "2026-12-19", "until": "2026-12-18"}]),
            f"spec.freeze[0]: Invalid value: {UNTIL}",
            id="freeze of the fleet backwards",
        ),
        pytest.param(
            fleet(freeze=[{**HOLIDAYS, "until": "2027-02-30"}]),
            f'spec.freeze[0].until: Invalid value: "2027-02-30": {DATE}',
            id="freeze of the fleet until no day",
        ),
        pytest.param(policy(gate={}), "spec.gate.after: Required value", id="gate after nothing"),
        pytest.param(
            policy(gate={"after": "sample"}),
            "spec.gate.after: Invalid value: the name of another UpdatePolicy is expected",
            id="gate after itself",
        ),
        pytest.param(
            policy(gate={"after": "b", "healthyPercent": 0}), "greater than or equal to 1", id="no health"
        ),
        pytest.param(
            policy(gate={"after": "b", "minDevices": 0}), "greater than or equal to 1", id="no devices"
        ),
        pytest.param(
            policy(gate={"after": "b", "soakDays": 91}), "less than or equal to 90", id="a long soak"
        ),
        pytest.param(
            policy(gate={"after": "b", "exploitedSoakDays": -1}), "greater than or equal to 0", id="soak"
        ),
        pytest.param(
            policy(gate={"after": "b", "proven": ["15"]}),
            'spec.gate.proven[0]: Invalid value: "15": a version is expected, such as "15.6.1"',
            id="proven major",
        ),
        pytest.param(
            policy(gate={"after": "b", "proven": ["15.6.1"] * 257}), "at most 256 items", id="much proven"
        ),
        pytest.param(
            policy(detailsURL="it.acme.example"), "spec.detailsURL in body should match", id="details"
        ),
        pytest.param(a("Device", {}), "spec.enrollment: Required value", id="no enrollment"),
        pytest.param(device(enrollment="a b"), "spec.enrollment in body should match", id="enrollment"),
        pytest.param(device(enrollment="a" * 65), "may not be more than 64 bytes", id="long enrollment"),
        pytest.param(device(hold={"reason": "x"}), "spec.hold.until: Required value", id="endless hold"),
        pytest.param(device(hold={"until": "2026-02-31"}), DATE, id="no such day"),
        pytest.param(device(hold={"until": "14.10.2026"}), DATE, id="another date"),
        pytest.param(a("Device", DEVICE, "C02_X"), "lowercase RFC 1123 subdomain", id="name"),
    ],
)
def test_refuses_and_says_what_is_expected(
    cluster: Cluster, namespace: str, manifest: dict[str, Any], message: str
) -> None:
    with pytest.raises(KubectlFailed) as refused:
        applied(cluster, namespace, manifest)

    assert message in str(refused.value)


def test_fills_in_defaults(cluster: Cluster, namespace: str) -> None:
    assert applied(cluster, namespace, git())["spec"] == {
        **FLEET,
        "suspend": False,
        "retire": False,
        "brake": {"percent": 20, "devices": 10},
        "register": {"enabled": True},
        "git": {**GIT, "path": ".", "interval": "1m", "prune": True},
    }
    assert applied(cluster, namespace, policy())["spec"] == {
        **POLICY,
        "suspend": False,
        "priority": 0,
        "backgroundSecurity": "Leave",
        "deadline": {"days": 14, "at": "18:00", "noticeDays": 3},
    }


def test_a_gate_and_a_freeze_have_defaults_of_their_own(cluster: Cluster, namespace: str) -> None:
    spec = applied(cluster, namespace, policy(gate={"after": "macs-canary"}, freeze=[HOLIDAYS]))["spec"]

    assert spec["gate"] == {"after": "macs-canary", "healthyPercent": 95, "minDevices": 5, "soakDays": 3}
    assert spec["freeze"] == [{**HOLIDAYS, "exceptExploited": False}]


def test_the_status_of_a_new_object_says_that_nobody_has_looked(cluster: Cluster, namespace: str) -> None:
    for manifest in (git(), policy()):
        assert applied(cluster, namespace, manifest)["status"] == {"observedGeneration": -1}
    assert "status" not in applied(cluster, namespace, device())


@pytest.mark.parametrize("way", ["--server-side", "--server-side=false"])
def test_what_kubectl_got_can_be_applied_again(cluster: Cluster, namespace: str, way: str) -> None:
    for manifest in (git(), policy()):
        cluster.kubectl("apply", way, "-n", namespace, "-f", "-", stdin=json.dumps(manifest))
        what = f"{manifest['kind']}/{manifest['metadata']['name']}"
        got = cluster.get(what, "-n", namespace)
        cluster.kubectl("apply", way, "-n", namespace, "-f", "-", stdin=json.dumps(got))
        assert cluster.get(what, "-n", namespace)["status"] == {"observedGeneration": -1}


def test_the_enrollment_of_a_device_cannot_change(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump(device()))

    with pytest.raises(KubectlFailed, match="the enrollment of a Device cannot change"):
        cluster.kubectl(
            *("patch", "device", "sample", "-n", namespace, "--type=merge"),
            *("-p", '{"spec": {"enrollment": "another"}}'),
        )


CONDITION = {
    "type": "Ready",
    "status": "True",
    "reason": "Reconciled",
    "message": "all is well",
    "lastTransitionTime": "2025-09-01T12:00:00Z",
}
COUNTS = {"total": 9, "upToDate": 5, "enforced": 3, "waiting": 1, "failed": 2, "overdue": 1}


def show(cluster: Cluster, namespace: str, manifest: dict[str, Any], status: Any, *wide: str) -> list[str]:
    """The lines that kubectl prints of one object, columns apart by one blank."""
    what = f"{manifest['kind']}.pomona.dev/sample"
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump(manifest))
    patch = json.dumps({"status": status})
    cluster.kubectl("patch", what, "-n", namespace, "--subresource=status", "--type=merge", "-p", patch)
    lines = cluster.kubectl("get", what, "-n", namespace, *wide).splitlines()
    return [" ".join(line.split()) for line in lines]


def test_get_shows_nothing_of_what_nobody_has_looked_at(cluster: Cluster, namespace: str) -> None:
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump_all([git(), policy()]))
    fleets, policies = (cluster.kubectl("get", kind, "-n", namespace) for kind in ("fleets", "upol"))
    assert fleets.splitlines()[1].split()[:2] == ["sample", "false"]
    assert policies.splitlines()[1].split()[:3] == ["sample", "macOS", "false"]


def test_get_fleets_is_one_line_of_health(cluster: Cluster, namespace: str) -> None:
    status = {"conditions": [CONDITION], "devices": COUNTS, "commit": "main@sha1:9f2c"}

    head, row = show(cluster, namespace, git(), status, "-o", "wide")

    assert head == "NAME READY DEVICES UP-TO-DATE ENFORCED FAILED OVERDUE COMMIT SUSPENDED AGE MESSAGE"
    assert row.startswith("sample True 9 5 3 2 1 main@sha1:9f2c false ")
    assert row.endswith(" all is well")


def test_get_policies(cluster: Cluster, namespace: str) -> None:
    status = {"conditions": [CONDITION], "devices": COUNTS, "target": {"version": "15.6.1"}}

    head, row = show(cluster, namespace, policy(), status)

    assert head == "NAME PLATFORM TARGET DEVICES UP-TO-DATE ENFORCED FAILED OVERDUE GATE READY SUSPENDED AGE"
    assert row.startswith("sample macOS 15.6.1 9 5 3 2 1 True false "), "nothing stands below GATE"


@pytest.mark.parametrize(("is_open", "shown"), [(True, "true"), (False, "false")])
def test_get_policies_tells_whether_the_gate_is_open(
    cluster: Cluster, namespace: str, is_open: bool, shown: str
) -> None:
    status = {"conditions": [CONDITION], "devices": COUNTS, "target": {"version": "15.6.1"}}
    gate = {"open": is_open, "version": "15.6.2", "healthy": 3, "needed": 5, "failing": 1, "pending": 12}

    _, row = show(cluster, namespace, policy(gate={"after": "b"}), {**status, "gate": gate})

    assert row.startswith(f"sample macOS 15.6.1 9 5 3 2 1 {shown} True false ")


STATUS = {
    "reason": "Enforced",
    "message": "15.6.1 by then",
    "policy": "macs",
    "target": {"version": "15.6.1", "build": ""},
    "deadline": "2025-09-03T18:00:00",
    "progress": "Downloading",
    "attention": {"reason": "Space", "message": "make room"},
    "reported": {
        "platform": "macOS",
        "version": "15.6",
        "model": "J314sAP",
        "lastReport": "2025-08-29T09:00:00Z",
    },
}


def test_get_devices(cluster: Cluster, namespace: str) -> None:
    head, row = show(cluster, namespace, device(), STATUS)

    assert head == "NAME OS REASON TARGET DEADLINE PROGRESS POLICY ATTENTION AGE"
    assert row.startswith("sample 15.6 Enforced 15.6.1 2025-09-03T18:00:00 Downloading macs Space ")


def test_get_devices_wide(cluster: Cluster, namespace: str) -> None:
    head, row = show(cluster, namespace, device(), STATUS, "-o", "wide")

    assert head.endswith(" MODEL LAST-REPORT MESSAGE")
    assert " J314sAP " in row
    assert row.endswith("15.6.1 by then")


@pytest.mark.parametrize(
    "selector",
    [
        "status.reason=Enforced",
        "status.policy=macs",
        "status.progress=Downloading",
        "status.attention.reason=Space",
        "spec.serialNumber=C02XK1ABCD",
    ],
)
def test_devices_are_selected_by_field(cluster: Cluster, namespace: str, selector: str) -> None:
    show(cluster, namespace, device(serialNumber="C02XK1ABCD"), STATUS)
    cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump(a("Device", DEVICE, "other")))

    found = cluster.kubectl("get", "dev", "-n", namespace, "--field-selector", selector, "-o", "name")

    assert found.split() == ["device.pomona.dev/sample"]


def test_all_kinds_are_in_the_category(cluster: Cluster, namespace: str) -> None:
    for manifest in (git(), policy(), device()):
        cluster.kubectl("apply", "-n", namespace, "-f", "-", stdin=yaml.safe_dump(manifest))

    found = cluster.kubectl("get", "pomona", "-n", namespace, "-o", "name").split()

    assert {"fleet.pomona.dev/sample", "updatepolicy.pomona.dev/sample", "device.pomona.dev/sample"} == set(
        found
    )


@pytest.mark.parametrize("kind", ["fleets", "updatepolicies", "devices"])
def test_every_field_is_explained(cluster: Cluster, kind: str) -> None:
    crd = cluster.get("crd", f"{kind}.pomona.dev")
    [version] = crd["spec"]["versions"]

    assert list(unexplained(version["schema"]["openAPIV3Schema"])) == []


def unexplained(schema: Mapping[str, Any], path: str = "") -> list[str]:
    """Paths of properties without a description; Kubernetes' own three aside."""
    found = []
    for name, inner in schema.get("properties", {}).items():
        if f"{path}.{name}" in (".apiVersion", ".kind", ".metadata"):
            continue
        if "description" not in inner:
            found.append(f"{path}.{name}")
        found += unexplained(inner, f"{path}.{name}") + unexplained(
            inner.get("items", {}), f"{path}.{name}[]"
        )
    return found
