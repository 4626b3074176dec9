"""`pomona rehearse`, on the lab's autumn and on what was recorded."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.calling import call
from tests.cli.golden import is_golden
from tests.cli.rehearsing import MAC, RINGS, Document, a_policy, written
from tests.data import RECORDED, needs_recordings

KEYS = [
    *("model", "from", "to", "forced", "worstDaysBehind", "meanDaysBehind", "leastNoticeDays"),
    *("writes", "final", "events"),
]


def rehearsed(capsys: pytest.CaptureFixture[str], *arguments: object) -> Document:
    done = call(capsys, "rehearse", "-o", "json", *arguments)
    assert (done.code, done.err) == (0, "")
    answer: Document = json.loads(done.out)
    return answer


def test_the_keys(capsys: pytest.CaptureFixture[str], policies: Path, history: Path) -> None:
    answer = rehearsed(capsys, policies, "--history", history, *MAC)
    assert list(answer) == KEYS
    assert (answer["from"], answer["to"]) == ("2025-09-20", "2025-12-28")
    assert {tuple(event) for event in answer["events"]} == {
        ("at", "action", "version", "deadline"),
        ("at", "action", "version"),
    }


@pytest.mark.parametrize(("form", "name"), [("table", "rehearse.txt"), ("json", "rehearse.json")])
def test_what_people_and_programs_see(
    capsys: pytest.CaptureFixture[str], policies: Path, history: Path, form: str, name: str
) -> None:
    done = call(capsys, "rehearse", policies, "--history", history, *MAC, "-o", form)
    assert (done.code, done.err) == (0, "")
    assert is_golden(name, done.out)


def test_behind_two_gates(capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path) -> None:
    done = call(capsys, "rehearse", written(tmp_path, *RINGS), "--history", history, *MAC)
    assert (done.code, done.err) == (0, "")
    assert is_golden("rehearse-rings.txt", done.out)


def test_labels_name_and_days_choose_the_policy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path
) -> None:
    rings = written(tmp_path, *RINGS)
    days = ("--from", "2025-11-01", "--to", "2025-11-30")
    canary = rehearsed(capsys, rings, "--history", history, *MAC, *days, "--labels", "ring=canary")
    others = rehearsed(capsys, rings, "--history", history, *MAC, *days, "--name", "mbp-ada")
    assert (canary["from"], canary["to"], canary["worstDaysBehind"]) == ("2025-11-01", "2025-11-30", 37)
    assert [event["at"] for event in canary["events"] if event["action"] == "installed"][-1] == "2025-11-10"
    assert others["events"] != canary["events"]


def test_nothing_happens_to_a_device_that_is_asked_for_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path
) -> None:
    answer = rehearsed(capsys, written(tmp_path, a_policy(target={"none": {}})), "--history", history, *MAC)
    assert [answer[key] for key in KEYS[3:]] == [0, 0, 0.0, None, 0, "26.0", []]


def test_days_before_the_first_reading_are_quiet(
    capsys: pytest.CaptureFixture[str], policies: Path, history: Path
) -> None:
    days = ("--from", "2025-09-01", "--to", "2025-09-21")
    answer = rehearsed(capsys, policies, "--history", history, *MAC, *days)
    assert (answer["from"], answer["events"]) == ("2025-09-01", [])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.integers(4, 45), notice=st.integers(0, 3), installed=st.sampled_from(["26.0", "26.0.1"]))
def test_nobody_is_behind_for_longer_than_the_days_nor_has_less_than_the_notice(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    history: Path,
    days: int,
    notice: int,
    installed: str,
) -> None:
    file = written(tmp_path, a_policy(deadline={"days": days, "noticeDays": notice}))
    runs = ("--history", history, "--model", "J314sAP", "--installed", installed)
    answer = rehearsed(capsys, file, *runs)
    assert answer["worstDaysBehind"] <= days
    assert answer["leastNoticeDays"] is None or answer["leastNoticeDays"] >= notice


@needs_recordings
def test_the_recorded_years(capsys: pytest.CaptureFixture[str], policies: Path) -> None:
    """The figures of the README."""
    [file] = RECORDED.glob("pmv_replay*")
    runs = ("--history", file, "--model", "j314sap", "--installed", "14.5", "--to", "2025-12-30")
    answer = rehearsed(capsys, policies, *runs)
    assert (answer["from"], answer["forced"]) == ("2024-07-01", 18)
    assert (answer["worstDaysBehind"], answer["meanDaysBehind"]) == (14, 14.0)
