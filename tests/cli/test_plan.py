"""`pomona plan` against a file: what it prints, and with which exit status."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli import desk
from tests.cli.golden import FOLDER, is_golden
from tests.lab.lab import manifest

POMONA = Path(sys.executable).with_name("pomona")

DOCS = Path(__file__).parents[2] / "docs" / "commands"

KNOWN = ("--devices", "devices.json", "--reading", "reading.json", "--at", "2025-12-15")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    desk.make(tmp_path)
    return tmp_path


def plan(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it in the folder, without a cluster."""
    done = subprocess.run(
        [POMONA, "plan", *arguments],
        cwd=folder,
        env={"HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("form", ["table", "json", "yaml", "markdown"])
def test_each_form(folder: Path, form: str) -> None:
    done = plan(folder, "policies", *KNOWN, "-o", form)
    assert (done.returncode, done.stderr) == (2, "")
    assert is_golden(f"plan.{form}", done.stdout)


def test_json_and_yaml_say_the_same(folder: Path) -> None:
    said = [plan(folder, "policies", *KNOWN, "-o", form).stdout for form in ("json", "yaml")]
    assert json.loads(said[0]) == yaml.safe_load(said[1])


def test_devices_as_yaml_and_the_policies_file_by_file(folder: Path) -> None:
    """A file that is given twice counts once."""
    more = ("--devices", "devices.yaml", *KNOWN[2:])
    one = plan(folder, "policies", *KNOWN).stdout
    other = plan(folder, "policies/all.yaml", "policies", *more).stdout
    assert one == other.replace("devices.yaml", "devices.json")


def test_nothing_would_change(folder: Path) -> None:
    (folder / "policies" / "all.yaml").unlink()
    spec = {"platform": "macOS", "selector": {}, "target": {"latest": {}}, "suspend": True}
    (folder / "policies" / "one.yaml").write_text(manifest("UpdatePolicy", "macs", spec))
    done = plan(folder, "policies", *KNOWN)
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing would change on 7 devices\n")


def test_without_a_catalog_nothing_is_decided_and_it_says_what_to_give(folder: Path) -> None:
    done = plan(folder, "policies", *KNOWN[:2], "--at", "2025-12-15")
    assert done.returncode == 0
    assert done.stdout.startswith("Nothing is decided about 7 devices\n")
    assert "give --reading FILE" in done.stdout


def test_devices_among_the_manifests_count_too(folder: Path) -> None:
    (folder / "policies" / "mine.json").write_text(
        manifest("Device", "mac-kept", {"enrollment": "E-mac-kept"}, owner="lab")
        + "---\n"
        + manifest("Device", "mac-more", {"enrollment": "E-more"})
    )
    done = plan(folder, "policies", *KNOWN, "-o", "json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["devices"]}
    assert (rows["mac-kept"]["change"], rows["mac-kept"]["policy"]["after"]) == ("withdraw", "macs-lab")
    assert rows["mac-more"]["reason"] == {"before": None, "after": "NoReport"}


def many(number: int) -> dict[str, Any]:
    return {"items": [desk.a_device(f"mac-{n:04}", "J314sAP", "26.1") for n in range(number)]}


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_many_devices_are_named_only_when_asked_for(folder: Path, form: str) -> None:
    (folder / "devices.json").write_text(json.dumps(many(120)))
    some = plan(folder, "policies", *KNOWN, "-o", form).stdout
    everyone = plan(folder, "policies", *KNOWN, "-o", form, "--all").stdout
    assert "and 70 more: --all lists them, -o json has everything" in some
    assert ("mac-0049" in some, "mac-0050" in some, "mac-0119" in everyone) == (True, False, True)


def test_manifests_with_problems_are_told_line_by_line(folder: Path) -> None:
    (folder / "policies" / "bad.yaml").write_text("kind: UpdatePolicy\n---\nkind: [\n")
    (folder / "policies" / "fleet.yaml").write_text(manifest("Fleet", "acme", {}))
    done = plan(folder, "policies", *KNOWN)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.partition(": ")[0] for line in done.stderr.splitlines()] == [
        "policies/bad.yaml:1",
        "policies/bad.yaml:4",
        "policies/fleet.yaml:2",
    ]


def test_an_enrollment_cannot_be_changed(folder: Path) -> None:
    (folder / "more.yaml").write_text(manifest("Device", "mac-kept", {"enrollment": "E-other"}))
    done = plan(folder, "more.yaml", *KNOWN)
    assert done.returncode == 1
    assert done.stderr == (
        "more.yaml:6: spec.enrollment: found 'E-other', expected 'E-mac-kept': it cannot be changed\n"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("empty", "", id="empty"),
        pytest.param("cut", '{"items": [{"metadata"', id="cut JSON"),
        pytest.param("list", "[1, 2]", id="a list"),
        pytest.param("deep", "[" * 5000, id="deep"),
        pytest.param("yaml", "a: b: c", id="no YAML"),
        pytest.param("binary", "\x00\x01", id="binary"),
        pytest.param("status", json.dumps(many(1)).replace('"Enforced"', "7"), id="odd reason"),
        pytest.param("other", '{"items": [{"kind": "Pod", "metadata": {"name": "p"}}]}', id="no Device"),
    ],
)
def test_no_file_of_devices_ends_in_a_traceback(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.json").write_text(text)
    done = plan(folder, "policies", "--devices", f"{name}.json", *KNOWN[2:])
    assert done.returncode in (0, 1, 2)
    if done.returncode == 1:
        assert len(done.stderr.splitlines()) == 1


def test_devices_that_cannot_be_read_are_named(folder: Path) -> None:
    odd = {"metadata": {"name": "odd"}, "spec": {"enrollment": "E-odd"}, "status": {"reported": 7}}
    (folder / "devices.json").write_text(json.dumps({"items": [*desk.DEVICES, odd]}))
    done = plan(folder, "policies", *KNOWN)
    assert "Unreadable: 1 device cannot be read and is left out: odd\n" in done.stdout


def test_a_namespace_that_cannot_be_is_refused_where_the_devices_name_none(folder: Path) -> None:
    nowhere = (folder / "devices.json").read_text().replace('"namespace": "acme",', "")
    (folder / "devices.json").write_text(nowhere)
    policy = manifest("UpdatePolicy", "odd", desk.POLICIES["tvs"])
    (folder / "policies" / "odd.yaml").write_text(
        policy.replace("  name: odd", "  name: odd\n  namespace: Acme!")
    )
    done = plan(folder, "policies", *KNOWN)
    assert done.returncode == 1
    assert (
        "policies/odd.yaml:5: metadata.namespace: found 'Acme!', expected the name of a name" in done.stderr
    )


def test_what_status_holds_and_cannot_be_read_is_named(folder: Path) -> None:
    text = (folder / "devices.json").read_text().replace('"2025-12-22T18:00:00"', '"soon"')
    (folder / "devices.json").write_text(text)
    done = plan(folder, "policies", *KNOWN)
    assert done.returncode == 1
    assert "the status of Device mac-kept cannot be read" in done.stderr


def test_bad_usage(folder: Path) -> None:
    (folder / "none").mkdir()
    two = json.dumps({"items": [{"metadata": {"name": "a", "namespace": n}} for n in ("a", "b")]})
    (folder / "two.json").write_text(two)
    tries = [
        ("policies", *KNOWN, "--history", "reading.json"),
        ("policies", *KNOWN, "--context", "lab"),
        ("policies", *KNOWN, "-o", "svg"),
        ("policies", *KNOWN[:4], "--at", "tomorrow"),
        ("policies", "--devices", "two.json"),
        ("policies", "--devices", "absent.json"),
        ("none", *KNOWN),
        ("absent", *KNOWN),
        ("policies", *KNOWN[:2], "--reading", "devices.json"),
        ("policies",),
        (),
    ]
    said = []
    for arguments in tries:
        done = plan(folder, *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        said.append(f"$ pomona plan {' '.join(arguments)}\n{done.stderr}")
    assert is_golden("plan.usage", "".join(said))


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_the_page_shows_what_is_printed(form: str) -> None:
    page = (DOCS / "plan.md").read_text()
    assert (FOLDER / f"plan.{form}").read_text() in page
