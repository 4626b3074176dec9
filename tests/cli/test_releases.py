"""`pomona releases`, on real answers and on the lab's."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.calling import Called, call
from tests.cli.golden import is_golden
from tests.data import RECORDED, needs_recordings
from tests.lab.history import autumn
from tests.lab.readings import WORLD

TODAY = "2025-12-20"
KEYS = ["model", "platform", "reason", "latest", "sameMajor", "backgroundSecurity", "offered"]


@pytest.fixture
def reading(tmp_path: Path) -> Path:
    world = WORLD.improve("26.2", "a", "25C990a", date(2025, 12, 18), ["J314sAP"])
    world = world.withdraw("18.7.3", ["iPhone11,2"], date(2025, 12, 14))
    file = tmp_path / "reading.json"
    file.write_text(json.dumps(world.answer(date.fromisoformat(TODAY))))
    return file


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> dict[str, Any]:
    done = call(capsys, "releases", "-o", "json", *arguments)
    assert (done.code, done.err) == (0, "")
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def versions(answer: dict[str, Any]) -> tuple[str | None, str | None]:
    same_major, latest = (answer[key] and answer[key]["version"] for key in ("sameMajor", "latest"))
    return same_major, latest


@needs_recordings
@pytest.mark.parametrize(
    ("name", "model", "installed", "build", "same_major", "latest", "reason"),
    [
        pytest.param("2024-09-18T0050", "iPad16,3", "17.6.1", "", "17.7", "18.0", "Enforced", id="26"),
        pytest.param("2024-09-18T1638", "iPad16,3", "17.6.1", "", "17.7", "17.7", "Enforced", id="27"),
        pytest.param("2024-09-18T1638", "iPad16,3", "18.0", "", None, None, "UpToDate", id="28"),
        pytest.param("2025-05-16", "iPad7,1", "17.7.6", "", None, None, "UpToDate", id="29"),
        pytest.param("2024-11-01", "J604AP", "15.0.1", "", "15.1", "15.1", "Enforced", id="30, fork"),
        pytest.param("2024-11-01", "J314sAP", "15.0.1", "", "15.1", "15.1", "Enforced", id="30"),
        pytest.param("2025-08-15", "iPhone15,2", "18.6", "", "18.6.1", "18.6.1", "Enforced", id="31, phone"),
        pytest.param("2025-08-15", "iPad13,1", "18.6", "", None, None, "UpToDate", id="31, pad"),
        pytest.param("2025-09-20", "iPhone18,1", "26.0", "23A341", None, None, "UpToDate", id="32, rebuilt"),
    ],
)
def test_real_answers(
    capsys: pytest.CaptureFixture[str],
    name: str,
    model: str,
    installed: str,
    build: str,
    same_major: str | None,
    latest: str | None,
    reason: str,
) -> None:
    [file] = RECORDED.glob(f"pmv_{name}*")
    runs = ("--model", model, "--installed", installed, "--build", build)
    answer = asked(capsys, *runs, "--reading", file, "--at", name[:10])
    assert (*versions(answer), answer["reason"]) == (same_major, latest, reason)


@needs_recordings
@pytest.mark.parametrize(
    ("model", "build", "posted"),
    [("J604AP", "24B2083", "2024-10-30"), ("j314SAP", "24B83", "2024-10-28")],
)
def test_a_fork_has_its_own_build(
    capsys: pytest.CaptureFixture[str], model: str, build: str, posted: str
) -> None:
    [file] = RECORDED.glob("pmv_2024-11-01*")
    answer = asked(capsys, "--model", model, "--reading", file, "--at", "2024-11-01")
    assert answer["latest"] == {"version": "15.1", "builds": [build], "posted": posted}


@needs_recordings
def test_the_real_empty_answer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    [file] = RECORDED.glob("pmv_2024-11-14*")
    done = call(capsys, "releases", "--model", "J314sAP", "--reading", file)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"pomona: {file}: the answer is empty; expected an answer that can be believed\n"


@needs_recordings
def test_a_history_is_the_same_as_its_last_reading(capsys: pytest.CaptureFixture[str]) -> None:
    [file] = RECORDED.glob("pmv_replay*")
    runs = ("--model", "iPad16,3", "--installed", "17.6.1", "--history", file)
    assert versions(asked(capsys, *runs, "--at", "2024-09-18")) == ("17.7", "18.0")
    assert versions(asked(capsys, *runs, "--at", "2024-09-19")) == ("17.7", "17.7")


def test_the_keys(capsys: pytest.CaptureFixture[str], reading: Path) -> None:
    answer = asked(capsys, "--model", "J314sAP", "--reading", reading, "--at", TODAY)
    assert list(answer) == KEYS
    assert (answer["reason"], answer["backgroundSecurity"]) == (None, None)
    assert answer["latest"] == answer["sameMajor"] == answer["offered"][0]
    assert [r["version"] for r in answer["offered"]] == ["26.2", "15.7.3", "14.8.3", "13.7.8", "12.7.6"]


@pytest.mark.parametrize(
    ("runs", "reason", "improvement"),
    [
        pytest.param("26.2 25C56", "UpToDate", "25C990a", id="lacks it"),
        pytest.param("26.2 25C56 25C990a", "UpToDate", None, id="has it"),
        pytest.param("26.2", "UpToDate", None, id="build unknown"),
        pytest.param("26.1 25B78", "Enforced", None, id="something newer is offered"),
        pytest.param("27.0", "Ahead", None, id="ahead"),
        pytest.param("13.7.8", "Unsupported", None, id="too old to be asked"),
    ],
)
def test_the_improvement(
    capsys: pytest.CaptureFixture[str], reading: Path, runs: str, reason: str, improvement: str | None
) -> None:
    given = zip(("--installed", "--build", "--supplemental"), runs.split(), strict=False)
    flags = [word for pair in given for word in pair]
    answer = asked(capsys, "--model", "J314sAP", *flags, "--reading", reading, "--at", TODAY)
    shown = answer["backgroundSecurity"]
    assert (answer["reason"], shown and shown["build"]) == (reason, improvement)
    assert shown in (None, {"extra": "a", "build": "25C990a", "version": "26.2"})


@pytest.mark.parametrize(("model", "platform"), [("Watch7,1", "watchOS"), ("AudioAccessory5,1", "audioOS")])
def test_a_watch_is_unsupported_whatever_is_offered(
    capsys: pytest.CaptureFixture[str], reading: Path, model: str, platform: str
) -> None:
    answer = asked(capsys, "--model", model, "--installed", "26.0", "--reading", reading, "--at", TODAY)
    assert (answer["platform"], answer["reason"]) == (platform, "Unsupported")
    assert answer["latest"]["version"] == "26.2"


@pytest.mark.parametrize(("model", "platform"), [("J999AP", "macOS"), ("Toaster1,1", None)])
def test_an_unknown_model_is_said_to_be_one(
    capsys: pytest.CaptureFixture[str], reading: Path, model: str, platform: str | None
) -> None:
    done = call(
        capsys, "releases", "--model", model, "--installed", "15.0", "--reading", reading, "-o", "yaml"
    )
    answer = yaml.safe_load(done.out)
    assert (done.code, done.err) == (0, f"pomona releases: the lookup service has never listed {model}\n")
    assert (answer["platform"], answer["reason"], answer["offered"]) == (platform, "UnknownModel", [])


def test_what_has_expired_is_judged_on_the_day(capsys: pytest.CaptureFixture[str], reading: Path) -> None:
    answer = asked(capsys, "--model", "J314sAP", "--reading", reading, "--at", "2028-01-01")
    assert (answer["offered"], answer["latest"]) == ([], None)


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        pytest.param("releases.txt", ("J314sAP",), id="offered"),
        pytest.param("releases-mac.txt", ("J314sAP", "--installed", "15.7.2", "--explain"), id="a Mac"),
        pytest.param("releases-taken-back.txt", ("iPhone11,2", "--installed", "18.7.1", "--explain")),
        pytest.param("releases.json", ("J314sAP", "--installed", "26.1", "--explain", "-o", "json")),
        pytest.param("releases.yaml", ("J314sAP", "--installed", "26.2", "--build", "25C56", "-o", "yaml")),
    ],
)
def test_what_people_see(
    capsys: pytest.CaptureFixture[str], reading: Path, name: str, runs: tuple[str, ...]
) -> None:
    done = call(capsys, "releases", "--reading", reading, "--at", TODAY, "--model", *runs)
    assert (done.code, done.err) == (0, "")
    assert is_golden(name, done.out)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    done: Called = call(capsys, "releases", "--model", "J314sAP", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    return done.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no JSON"),
        ("[]", "not of its form"),
        ('{"PublicAssetSets": {"macOS": [{"SupportedDevices": [1]}]}, "AssetSets": {}}', "not of its form"),
        ("[" * 100_000, "maximum recursion depth"),
    ],
    ids=["nothing", "a list", "numbers", "a trap"],
)
def test_what_is_no_reading_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "reading.json"
    file.write_text(content)
    assert said in refused(capsys, "--reading", file)


def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    reading: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    history = tmp_path / "history.json"
    history.write_text(json.dumps(autumn(days=2)))
    assert "'26' is not an OS version" in refused(capsys, "--installed", "26", "--reading", reading)
    assert "expected one of them" in refused(capsys, "--history", history, "--reading", reading)
    assert "expected one of them" in refused(capsys, "--history", history, "--context", "acme")
    assert "no reading is that old" in refused(capsys, "--history", history, "--at", "2025-01-01")
    assert "expected a recorded history" in refused(capsys, "--history", reading)
    assert "--reading or --history" in refused(capsys, "--kubeconfig", tmp_path / "none")
