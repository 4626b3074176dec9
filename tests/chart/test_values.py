"""What may be said in values, and what becomes of it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.cli.run import run
from tests.lab.helm import CHARTS, Helm, HelmFailed

FLEET = ("--set", "mdm.nanohub.url=https://mdm.acme.example", "--set", "mdm.nanohub.secretRef.name=nanohub")

#: A pod has its access from its service account.
NOT_IN_A_POD = {"--kubeconfig", "--context", "--help"}


@pytest.mark.parametrize(
    ("chart", "flags", "words"),
    [
        ("pomona", ("replica=2",), "replica"),
        ("pomona", ("lookup.uri=https://a.example",), "uri"),
        ("pomona", ("lookup.url=ftp://a.example",), "lookup.url"),
        ("pomona", ("watch.namespaces[0]=Acme",), "watch.namespaces.0"),
        ("pomona", ("reportInterval=10",), "reportInterval"),
        ("pomona", ("log.level=loud",), "log.level"),
        ("pomona", ("ports.webhook=80",), "ports.webhook"),
        ("pomona", ("terminationGracePeriodSeconds=5",), "terminationGracePeriodSeconds"),
        ("pomona", ("image.digest=sha256:12",), "image.digest"),
        ("pomona", ("lookup.ca.configMap=a,lookup.ca.secret=b",), "not both"),
        ("pomona", ("serviceAccount.create=false",), "serviceAccount.name"),
        ("pomona", ("ingress.enabled=true",), "ingress.hosts"),
        ("pomona", ("httpRoute.enabled=true",), "httpRoute.parentRefs"),
        ("pomona-fleet", ("git.uri=https://git.acme.example/updates.git",), "uri"),
        ("pomona-fleet", ("policies.macs.platform=Windows",), "policies.macs.platform"),
        ("pomona-fleet", ("policies.macs.deadline.day=3",), "day"),
        ("pomona-fleet", ("policies.Macs.platform=macOS",), "policies"),
        ("pomona-fleet", ("suspended=true",), "suspended"),
        ("pomona-fleet", ("mdm.nanohub.apiKey=secret",), "apiKey"),
    ],
)
def test_what_is_meant_otherwise_is_refused(
    helm: Helm, chart: str, flags: tuple[str, ...], words: str
) -> None:
    given = [word for flag in flags for word in ("--set", flag)]
    with pytest.raises(HelmFailed) as failed:
        helm.template(chart, "acme", "acme", *(FLEET if chart == "pomona-fleet" else ()), *given)

    assert words in str(failed.value).replace("/", ".")


def test_a_tenant_has_an_mdm(helm: Helm) -> None:
    with pytest.raises(HelmFailed, match="mdm"):
        helm.template("pomona-fleet", "acme", "acme")


def test_the_schema_knows_exactly_the_values() -> None:
    schema = json.loads((CHARTS / "pomona" / "values.schema.json").read_text())
    values = yaml.safe_load((CHARTS / "pomona" / "values.yaml").read_text())

    assert set(known(schema, values)) - {"global"} == set(keys(values))


def test_the_schema_takes_nothing_that_it_does_not_name() -> None:
    for chart in ("pomona", "pomona-fleet"):
        schema = json.loads((CHARTS / chart / "values.schema.json").read_text())
        for part in objects(schema):
            assert "properties" not in part or part["additionalProperties"] is False, part


def test_every_flag_can_be_said(helm4: Helm) -> None:
    said: set[str] = set()
    for values in (CHARTS / "pomona" / "ci").glob("*.yaml"):
        said |= {argument.split("=")[0] for argument in container(helm4, "--values", values)["args"]}
    flags = {flag for option in run.params for flag in option.opts}

    assert flags - NOT_IN_A_POD <= said


def test_what_is_said_is_what_the_operator_takes(helm4: Helm, tmp_path: Path) -> None:
    """The command line itself parses what the chart renders."""
    arguments = container(helm4, "--values", CHARTS / "pomona" / "ci" / "mirrors-values.yaml")["args"]
    root = tmp_path / "mirror.crt"
    root.touch()
    given = [text.replace("/etc/pomona/lookup", str(tmp_path)) for text in arguments]

    [command, *flags] = given
    parsed = run.make_context(command, flags).params

    assert parsed["lookup_url"] == "https://mirror.acme.example/v2/pmv"
    assert parsed["lookup_ca_file"] == root
    assert [url.rpartition("/")[2] for url in parsed["exploited_urls"]] == ["macos.json", "ios.json"]
    assert (parsed["log_level"], parsed["log_format"]) == ("debug", "text")


def test_nothing_said_is_the_operators_own_default(helm4: Helm) -> None:
    flags = [argument.split("=")[0] for argument in container(helm4)["args"][1:]]

    assert flags == ["--listen", "--metrics-listen", "--log-level", "--log-format"]


@pytest.mark.parametrize(
    ("flags", "told", "untold"),
    [
        ((), "helm test pomona", "pomona crds"),
        (("--set", "crds.enabled=false"), "pomona crds | kubectl apply", "An uninstall"),
        (("--set", "crds.keep=false"), "An uninstall DELETES", "An uninstall keeps"),
        (("--set", "watch.namespaces={orchard}"), "-n orchard", "acme --create-namespace"),
    ],
)
def test_what_to_do_next(helm4: Helm, flags: tuple[str, ...], told: str, untold: str) -> None:
    said = notes(helm4, "pomona", "pomona", *flags)

    assert told in said
    assert untold not in said


@pytest.mark.parametrize(
    ("suspend", "told", "untold"),
    [
        ("true", "--set suspend=false", "Fleet acme/acme acts"),
        ("false", "Fleet acme/acme acts", "--set suspend=false"),
    ],
)
def test_what_to_do_next_in_a_tenant(helm4: Helm, suspend: str, told: str, untold: str) -> None:
    said = notes(helm4, "pomona-fleet", "acme", *FLEET, "--set", f"suspend={suspend}")

    assert told in said
    assert untold not in said
    assert "create secret generic nanohub -n acme" in said


def test_a_tenant_observes_at_first(helm4: Helm) -> None:
    [fleet] = helm4.objects("pomona-fleet", *FLEET, release="acme", namespace="acme")

    assert fleet["spec"]["suspend"] is True
    assert set(fleet["spec"]) == {"suspend", "mdm"}


def container(helm: Helm, *flags: str | Path) -> Mapping[str, Any]:
    [deployment] = (found for found in helm.objects("pomona", *flags) if found["kind"] == "Deployment")
    [only] = deployment["spec"]["template"]["spec"]["containers"]
    found: Mapping[str, Any] = only
    return found


def notes(helm: Helm, chart: str, release: str, *flags: str) -> str:
    namespace = "pomona-system" if chart == "pomona" else release
    command = ("install", release, CHARTS / chart, "-n", namespace, "--dry-run=client")
    return re.split(r"^NOTES:$", helm(*command, *flags), flags=re.MULTILINE)[1]


def keys(values: Any, prefix: str = "") -> Iterator[str]:
    """The paths of all values, down to those that a user gives as a whole."""
    for key, value in values.items():
        yield prefix + key
        if isinstance(value, Mapping) and prefix + key not in WHOLE:
            yield from keys(value, f"{prefix}{key}.")


def known(schema: Mapping[str, Any], values: Any, prefix: str = "") -> Iterator[str]:
    for key, part in schema["properties"].items():
        yield prefix + key
        if "properties" in part and prefix + key not in WHOLE:
            yield from known(part, values, f"{prefix}{key}.")


#: Values that are Kubernetes' own words, or another chart page's.
WHOLE = {"resources", "podSecurityContext", "monitoring"}


def objects(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        if schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from objects(part)
