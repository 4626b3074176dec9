"""The API server as the flows ask it, against a real one."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.adapters.kube.access import read_access
from controller.adapters.kube.client import Client
from controller.adapters.kube.cluster import Kube
from controller.adapters.kube.reflector import Pace
from controller.adapters.kube.served import Served, look
from controller.domain.registering import NewDevice
from controller.objects import Manifest
from controller.ports import Cluster as ClusterPort
from controller.ports import Notes, Rejected, Unauthorized, Unavailable
from tests.lab.cluster import Cluster
from tests.lab.waiting import eventually

ROOT = Path(__file__).parents[2]
PACE = Pace(page=2, first_wait=0.05, longest_wait=0.2)


def a_device(name: str, *, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "pomona.dev/v1alpha1",
        "kind": "Device",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"enrollment": f"enrollment-of-{name}", **spec},
    }


def a_manifest(document: dict[str, Any], **lines: int) -> Manifest:
    return Manifest(document["kind"], document["metadata"]["name"], document, "macs.yaml", 1, lines)


def create(cluster: Cluster, namespace: str, *documents: dict[str, Any]) -> None:
    text = yaml.safe_dump_all(documents)
    cluster.kubectl("apply", "--server-side", "-n", namespace, "-f", "-", stdin=text)


class Bell:
    """Remembers which namespaces it rang for."""

    def __init__(self) -> None:
        self.rung: list[str] = []

    def __call__(self, namespace: str) -> None:
        self.rung.append(namespace)


@asynccontextmanager
async def running(kube: Kube) -> AsyncIterator[Kube]:
    task = asyncio.create_task(kube.run())
    try:
        await asyncio.wait_for(kube.wait_synced(), 30)
        yield kube
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def ports(kube: Kube) -> tuple[ClusterPort, Notes]:
    """Kube is what the flows ask for; the type checker proves it."""
    return kube, kube.notes("default", None)


class TestDevices:
    @pytest.fixture
    def bell(self) -> Bell:
        return Bell()

    @pytest.fixture
    def kube(self, client: Client, namespace: str, bell: Bell) -> Kube:
        return Kube(client, [namespace], bell, PACE)

    async def test_all_that_exist_are_heard_of_over_several_pages(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        create(cluster, namespace, *(a_device(f"mac-{n}") for n in range(5)))

        async with running(kube):
            assert {f"mac-{n}" for n in range(5)} == kube.devices(namespace).keys()

    async def test_a_device_is_parsed(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        document = a_device("mac", labels={"ring": "canary"}, serialNumber="C02XK1ABCD", model="J314sAP")
        create(cluster, namespace, document)

        async with running(kube):
            member = kube.devices(namespace)["mac"]

        assert member.device.labels == {("ring", "canary")}
        assert (member.device.serial, member.device.model) == ("C02XK1ABCD", "J314sAP")
        assert json.loads(member.spec) == document["spec"]
        assert member.facts is None
        assert json.loads(member.status) == {}

    async def test_what_happens_later_is_heard_of(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        create(cluster, namespace, a_device("old"))
        async with running(kube):
            create(cluster, namespace, a_device("new"))
            cluster.kubectl("delete", "device", "old", "-n", namespace)

            await eventually(lambda: list(kube.devices(namespace)) == ["new"])

    async def test_a_new_label_rings_and_a_new_status_does_not(
        self, cluster: Cluster, namespace: str, kube: Kube, bell: Bell
    ) -> None:
        create(cluster, namespace, a_device("mac"))
        async with running(kube):
            bell.rung.clear()
            patch = '{"status": {"reason": "Enforced"}}'
            edit = ("device", "mac", "-n", namespace, "--type=merge", "-p", patch)
            cluster.kubectl("patch", *edit, "--subresource=status")
            await eventually(lambda: b"Enforced" in kube.devices(namespace)["mac"].status)
            silent = list(bell.rung)
            cluster.kubectl("label", "device", "mac", "ring=canary", "-n", namespace)

            await eventually(lambda: bool(kube.devices(namespace)["mac"].device.labels))

        assert (silent, bell.rung) == ([], [namespace])

    @pytest.mark.parametrize(
        "command",
        [
            pytest.param(("annotate", "device", "mac", "pomona.dev/reconcile=disabled"), id="annotation"),
            pytest.param(("delete", "device", "mac"), id="deletion"),
        ],
    )
    async def test_rings(
        self, cluster: Cluster, namespace: str, kube: Kube, bell: Bell, command: tuple[str, ...]
    ) -> None:
        create(cluster, namespace, a_device("mac"))
        async with running(kube):
            bell.rung.clear()
            cluster.kubectl(*command, "-n", namespace)

            await eventually(lambda: bell.rung == [namespace])

    async def test_a_device_that_waits_for_a_finalizer_is_gone_already(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        document = a_device("mac")
        document["metadata"]["finalizers"] = ["example.com/wait"]
        create(cluster, namespace, document)
        async with running(kube):
            cluster.kubectl("delete", "device", "mac", "-n", namespace, "--wait=false")

            await eventually(lambda: not kube.devices(namespace))

    async def test_other_namespaces_are_not_heard_of(
        self, cluster: Cluster, namespace: str, client: Client, bell: Bell
    ) -> None:
        cluster.kubectl("create", "namespace", f"{namespace}-b")
        for name in (namespace, f"{namespace}-b"):
            create(cluster, name, a_device("mac"))

        async with running(Kube(client, [namespace], bell, PACE)) as kube:
            assert list(kube.devices(namespace)) == ["mac"]
            assert kube.devices(f"{namespace}-b") == {}

    async def test_without_a_list_all_namespaces_are_heard_of(
        self, cluster: Cluster, namespace: str, client: Client, bell: Bell
    ) -> None:
        create(cluster, namespace, a_device("mac"))

        async with running(Kube(client, (), bell, PACE)) as kube:
            assert list(kube.devices(namespace)) == ["mac"]

    async def test_it_goes_on_after_the_api_server_was_away(
        self, cluster: Cluster, namespace: str, kube: Kube, caplog: pytest.LogCaptureFixture
    ) -> None:
        create(cluster, namespace, a_device("old"))
        async with running(kube):
            cluster.stop_apiserver()
            await eventually(lambda: "Devices are not heard of" in caplog.text)
            cluster.start_apiserver()
            create(cluster, namespace, a_device("new"))

            await eventually(lambda: set(kube.devices(namespace)) == {"old", "new"})

    async def test_what_went_while_nobody_watched_is_swept_out(
        self, cluster: Cluster, namespace: str, kube: Kube, bell: Bell
    ) -> None:
        create(cluster, namespace, a_device("stays"), a_device("goes"))
        async with running(kube):
            pass
        cluster.kubectl("delete", "device", "goes", "-n", namespace)
        cluster.compact()
        cluster.restart_apiserver()
        bell.rung.clear()

        async with running(kube):
            await eventually(lambda: list(kube.devices(namespace)) == ["stays"])

        assert bell.rung == [namespace]


class TestWriting:
    @pytest.fixture
    def kube(self, client: Client, namespace: str) -> Kube:
        return Kube(client, [namespace], lambda _: None, PACE)

    async def test_status_is_merged(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        create(cluster, namespace, a_device("mac"))

        await kube.write_status("Device", namespace, "mac", {"reason": "Enforced", "policy": "macs"})
        await kube.write_status("Device", namespace, "mac", {"reason": "UpToDate", "policy": None})

        assert cluster.get("device", "mac", "-n", namespace)["status"] == {"reason": "UpToDate"}

    async def test_what_was_written_is_known_before_it_is_heard_of(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        create(cluster, namespace, a_device("mac"))

        await kube.write_status("Device", namespace, "mac", {"reason": "Enforced"})

        assert json.loads(kube.devices(namespace)["mac"].status) == {"reason": "Enforced"}

    async def test_the_status_of_what_is_gone_is_no_error(self, namespace: str, kube: Kube) -> None:
        await kube.write_status("Device", namespace, "gone", {"reason": "Enforced"})

    async def test_a_status_that_the_schema_refuses(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        create(cluster, namespace, a_device("mac"))

        with pytest.raises(Rejected, match=r"status.reason.*must be of type string"):
            await kube.write_status("Device", namespace, "mac", {"reason": 1})

    async def test_writes_as_pomona(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        await kube.apply(namespace, a_manifest(a_device("mac")), dry_run=False)
        await kube.write_status("Device", namespace, "mac", {"reason": "Enforced"})

        found = cluster.get("device", "mac", "-n", namespace, "--show-managed-fields")

        assert {f["manager"] for f in found["metadata"]["managedFields"]} == {"pomona"}

    async def test_apply_creates_and_changes(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        for model in ("J314sAP", "J316sAP"):
            assert await kube.apply(namespace, a_manifest(a_device("mac", model=model)), dry_run=False) == ()

        assert cluster.get("device", "mac", "-n", namespace)["spec"]["model"] == "J316sAP"
        assert kube.devices(namespace)["mac"].device.model == "J316sAP"

    async def test_apply_takes_over_what_another_one_set(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        create(cluster, namespace, a_device("mac", model="J314sAP"))

        assert await kube.apply(namespace, a_manifest(a_device("mac", model="J316sAP")), dry_run=False) == ()
        assert cluster.get("device", "mac", "-n", namespace)["spec"]["model"] == "J316sAP"

    @pytest.mark.parametrize(
        "theirs",
        [
            pytest.param({"hold": {"until": "2026-10-14"}}, id="a field"),
            pytest.param({"hold": {"until": "2026-10-14"}, "model": "J314sAP"}, id="a field and a value"),
        ],
    )
    async def test_apply_takes_away_what_another_one_added_to_the_spec(
        self, cluster: Cluster, namespace: str, kube: Kube, theirs: dict[str, Any]
    ) -> None:
        create(cluster, namespace, a_device("mac", labels={"team": "red"}, **theirs))
        wanted = a_manifest(a_device("mac", model="J316sAP"))

        assert await kube.apply(namespace, wanted, dry_run=False) == ()

        found = cluster.get("device", "mac", "-n", namespace)
        assert found["spec"] == wanted.document["spec"]
        assert found["metadata"]["labels"] == {"team": "red"}
        assert kube.devices(namespace)["mac"].device.hold is None

    async def test_apply_puts_back_a_default_that_another_one_changed(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        policy = {
            "apiVersion": "pomona.dev/v1alpha1",
            "kind": "UpdatePolicy",
            "metadata": {"name": "macs"},
            "spec": {"platform": "macOS", "selector": {}, "target": {"latest": {}}},
        }
        await kube.apply(namespace, a_manifest(policy), dry_run=False)
        before = cluster.get("updatepolicy", "macs", "-n", namespace)["spec"]
        patch = '{"spec": {"suspend": true, "deadline": {"days": 3}}}'
        cluster.kubectl("patch", "updatepolicy", "macs", "-n", namespace, "--type=merge", "-p", patch)

        assert await kube.apply(namespace, a_manifest(policy), dry_run=False) == ()
        assert cluster.get("updatepolicy", "macs", "-n", namespace)["spec"] == before

    async def test_a_dry_run_leaves_nothing(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        assert await kube.apply(namespace, a_manifest(a_device("mac")), dry_run=True) == ()

        assert cluster.get("devices", "-n", namespace)["items"] == []
        assert kube.devices(namespace) == {}

    async def test_what_the_schema_refuses_is_named_with_its_line(self, namespace: str, kube: Kube) -> None:
        document = a_device("mac", hold={"until": "2026-02-31"}, enrollment="a b")
        manifest = a_manifest(document, **{"spec": 5, "spec.hold": 8, "spec.enrollment": 7})

        problems = await kube.apply(namespace, manifest, dry_run=True)

        assert sorted((p.line, p.path) for p in problems) == [
            (7, "spec.enrollment"),
            (8, "spec.hold.until"),
        ]
        assert "macs.yaml:8: spec.hold.until: " in str(max(problems))
        assert 'a date is expected, such as "2026-12-01"' in max(problems).message

    async def test_unknown_fields_are_named(self, namespace: str, kube: Kube) -> None:
        """The API server names one of them at least; which ones changes from time to time."""
        manifest = a_manifest(a_device("mac", typo=1, hold={"till": 1}), **{"spec.hold": 6, "spec.typo": 9})

        problems = await kube.apply(namespace, manifest, dry_run=True)

        assert problems
        assert {str(problem) for problem in problems} <= {
            "macs.yaml:6: spec.hold.till: field not declared in schema",
            "macs.yaml:9: spec.typo: field not declared in schema",
        }

    async def test_a_wrong_type_is_named(self, namespace: str, kube: Kube) -> None:
        manifest = a_manifest(a_device("mac", model=5), **{"spec.model": 4})

        [problem] = await kube.apply(namespace, manifest, dry_run=True)

        assert (problem.line, problem.path) == (4, "spec.model")
        assert "expected string" in problem.message

    async def test_what_cel_refuses_is_named(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        create(cluster, namespace, a_device("mac"))
        other = a_device("mac")
        other["spec"]["enrollment"] = "another"

        [problem] = await kube.apply(namespace, a_manifest(other, **{"spec.enrollment": 6}), dry_run=True)

        assert (problem.line, problem.path) == (6, "spec.enrollment")
        assert "the enrollment of a Device cannot change" in problem.message

    async def test_a_missing_namespace_is_nobody_s_manifest(self, kube: Kube) -> None:
        with pytest.raises(Rejected, match="not found"):
            await kube.apply("nowhere", a_manifest(a_device("mac")), dry_run=False)

    async def test_deleting_twice_is_deleting_once(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        create(cluster, namespace, a_device("mac"))

        await kube.delete("Device", namespace, "mac")
        await kube.delete("Device", namespace, "mac")

        assert cluster.get("devices", "-n", namespace)["items"] == []

    async def test_a_name_that_is_a_path_reaches_nothing_else(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        create(cluster, namespace, a_device("mac"))

        for name in ("../devices/mac", "..", "mac?dryRun=All", "x/../mac"):
            with suppress(Rejected):
                await kube.delete("Device", namespace, name)

        assert len(cluster.get("devices", "-n", namespace)["items"]) == 1
        assert cluster.get("namespace", namespace)["status"]["phase"] == "Active"


class TestRegistered:
    """A Device that registration makes, and what Git adds to it and takes back."""

    NEW = NewDevice(
        "mac", "E-1", "C02XK1ABCD", frozenset({("pomona.dev/registered", "true"), ("ring", "new")})
    )

    @pytest.fixture
    async def kube(self, client: Client, namespace: str) -> Kube:
        kube = Kube(client, [namespace], lambda _: None, PACE)
        await kube.make_device(namespace, self.NEW)
        return kube

    async def test_it_is_made_and_known_at_once(self, namespace: str, kube: Kube) -> None:
        device = kube.devices(namespace)["mac"].device
        assert (device.enrollment, device.serial, device.labels) == ("E-1", "C02XK1ABCD", self.NEW.labels)

    async def test_one_that_is_there_stays_as_it_is(self, namespace: str, kube: Kube) -> None:
        await kube.make_device(namespace, replace(self.NEW, enrollment="E-2"))
        assert kube.devices(namespace)["mac"].device.enrollment == "E-1"

    async def test_labels_are_set_and_others_stay(self, namespace: str, kube: Kube) -> None:
        await kube.label(namespace, "mac", frozenset({("pomona.dev/model", "J314sAP")}))
        await kube.label(namespace, "gone", frozenset())
        assert kube.devices(namespace)["mac"].device.labels == self.NEW.labels | {
            ("pomona.dev/model", "J314sAP")
        }

    async def test_git_adds_and_takes_back_just_that(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        wanted = a_device("mac", labels={"team": "a", "pomona.dev/git": "acme"})
        wanted["spec"] = {"enrollment": "E-1", "serialNumber": "C02XK1ABCD", "model": "J314sAP"}
        wanted["metadata"]["annotations"] = {"pomona.dev/commit": "main@sha1:a1"}
        assert await kube.apply(namespace, a_manifest(wanted), dry_run=False) == ()
        with_git = dict(kube.devices(namespace)["mac"].device.labels)

        await kube.give_up(namespace, "mac")

        left = cluster.get("device", "mac", "-n", namespace)
        assert with_git == {**dict(self.NEW.labels), "team": "a", "pomona.dev/git": "acme"}
        assert left["metadata"]["labels"] == dict(self.NEW.labels)
        assert "annotations" not in left["metadata"]
        assert left["spec"] == {"enrollment": "E-1", "serialNumber": "C02XK1ABCD"}

    async def test_to_give_up_what_is_gone_is_no_error(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        await kube.delete("Device", namespace, "mac")
        await kube.give_up(namespace, "mac")
        assert cluster.get("devices", "-n", namespace)["items"] == []


class TestReading:
    @pytest.fixture
    def kube(self, client: Client, namespace: str) -> Kube:
        return Kube(client, [namespace], lambda _: None, PACE)

    async def test_fleets_come_the_oldest_first(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        nanohub = {"url": "https://mdm.acme.example", "secretRef": {"name": "nanohub"}}
        for name in ("b", "a"):
            create(
                cluster,
                namespace,
                {
                    "apiVersion": "pomona.dev/v1alpha1",
                    "kind": "Fleet",
                    "metadata": {"name": name},
                    "spec": {"mdm": {"nanohub": nanohub}},
                },
            )
        fleets = await kube.fleets(namespace)

        assert fleets == sorted(fleets, key=lambda fleet: (fleet.created, fleet.name))
        assert {fleet.name for fleet in fleets} == {"a", "b"}
        assert fleets[0].spec["brake"] == {"percent": 20, "devices": 10}
        assert (fleets[0].generation, fleets[0].status) == (1, {"observedGeneration": -1})

    async def test_policies(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        create(
            cluster,
            namespace,
            {
                "apiVersion": "pomona.dev/v1alpha1",
                "kind": "UpdatePolicy",
                "metadata": {"name": "macs", "labels": {"pomona.dev/git": "acme"}},
                "spec": {"platform": "macOS", "selector": {}, "target": {"latest": {}}},
            },
        )

        [policy] = await kube.policies(namespace)

        assert (policy.kind, policy.namespace, policy.name) == ("UpdatePolicy", namespace, "macs")
        assert policy.labels == {"pomona.dev/git": "acme"}
        assert policy.spec["target"] == {"latest": {}}

    async def test_a_secret_is_decoded(self, cluster: Cluster, namespace: str, kube: Kube) -> None:
        cluster.kubectl("create", "secret", "generic", "nanohub", "--from-literal=apiKey=ä", "-n", namespace)

        assert await kube.secret(namespace, "nanohub") == {"apiKey": "ä"}

    async def test_a_missing_secret_is_named(self, namespace: str, kube: Kube) -> None:
        with pytest.raises(Rejected, match=f"the Secret nanohub is missing in namespace {namespace}"):
            await kube.secret(namespace, "nanohub")

    async def test_what_was_remembered_is_recalled(self, namespace: str, kube: Kube) -> None:
        notes = kube.notes(namespace, None)
        assert await notes.recall("pomona-catalog") == {}

        await notes.remember("pomona-catalog", {"a": "1", "b": "2"})
        await notes.remember("pomona-catalog", {"b": "3"})

        assert await notes.recall("pomona-catalog") == {"b": "3"}


class TestFailures:
    async def test_an_api_server_that_is_away_is_unavailable(self, cluster: Cluster, client: Client) -> None:
        kube = Kube(client, (), lambda _: None)
        cluster.stop_apiserver()
        try:
            with pytest.raises(Unavailable, match="the API server does not answer"):
                await kube.policies("default")
        finally:
            cluster.start_apiserver()

    async def test_a_wrong_token_is_unauthorized(self, cluster: Cluster, tmp_path: Path) -> None:
        kubeconfig = yaml.safe_load(cluster.kubeconfig.read_text())
        kubeconfig["users"][0]["user"]["token"] = "wrong-secret"
        path = tmp_path / "kubeconfig"
        path.write_text(yaml.safe_dump(kubeconfig))
        client = Client(read_access(str(path)))

        with pytest.raises(Unauthorized) as refused:
            await Kube(client, (), lambda _: None).policies("default")

        await client.close()
        assert "wrong-secret" not in str(refused.value)


class TestServed:
    @pytest.fixture
    def crds(self) -> list[dict[str, Any]]:
        return [yaml.safe_load(path.read_text()) for path in sorted((ROOT / "crds").glob("*.yaml"))]

    async def test_the_served_schemas_are_ours(self, client: Client, crds: list[dict[str, Any]]) -> None:
        assert await look(client, crds) == Served([], [])

    async def test_a_field_that_is_not_served_is_named(
        self, client: Client, crds: list[dict[str, Any]]
    ) -> None:
        spec = crds[0]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        spec["properties"]["hold"]["properties"]["tomorrow"] = {"type": "string"}

        [text] = (await look(client, crds)).older

        assert text == "Device is served without spec.hold.tomorrow: apply the CRDs of this version"

    async def test_a_kind_that_is_not_served_is_named(
        self, client: Client, crds: list[dict[str, Any]]
    ) -> None:
        crds[0]["spec"]["names"]["kind"] = "Orchard"

        assert (await look(client, crds)).absent == ["Orchard is not served: apply the CRDs of this version"]


HOME = "pomona-system"


class TestRights:
    @pytest.fixture
    async def kube(self, cluster: Cluster) -> AsyncIterator[Kube]:
        """With the operator's own token, and no more rights than it has."""
        client = Client(read_access(str(cluster.kubeconfig_for(HOME, "pomona"))))
        yield Kube(client, (), lambda _: None, PACE)
        await client.close()

    async def test_everything_the_operator_does_is_allowed(
        self, cluster: Cluster, namespace: str, kube: Kube
    ) -> None:
        cluster.kubectl("create", "secret", "generic", "nanohub", "-n", namespace)
        async with running(kube):
            await kube.fleets(namespace)
            await kube.policies(namespace)
            await kube.secret(namespace, "nanohub")
            kept = [(HOME, "pomona-catalog"), (HOME, "pomona-exploited")]
            kept += [(namespace, name) for name in ("pomona-ledger", "pomona-proofs", "pomona-told")]
            for where, name in kept:
                notes = kube.notes(where, None)
                await notes.remember(name, {"a": "1"})
                await notes.remember(name, {"a": "2"})
                assert await notes.recall(name) == {"a": "2"}
            for dry_run in (True, False):
                assert await kube.apply(namespace, a_manifest(a_device("mac")), dry_run=dry_run) == ()
            await kube.write_status("Device", namespace, "mac", {"reason": "Enforced"})
            await kube.delete("Device", namespace, "mac")
            await kube.make_device(namespace, NewDevice("new", "E-1", "", frozenset()))
            await kube.label(namespace, "new", frozenset({("ring", "new")}))
            await kube.give_up(namespace, "new")

            assert await look(kube.client, []) == Served([], [])

    async def test_a_refusal_is_no_problem_of_the_manifest(self, namespace: str, kube: Kube) -> None:
        fleet = {"apiVersion": "pomona.dev/v1alpha1", "kind": "Fleet", "metadata": {"name": "acme"}}

        with pytest.raises(Rejected, match="cannot patch resource"):
            await kube.apply(namespace, a_manifest(fleet), dry_run=True)
