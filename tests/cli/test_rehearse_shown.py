"""How a rehearsal is shown: its picture, its progress; and what is wrong, in a line."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.calling import call
from tests.cli.golden import is_golden
from tests.cli.rehearsing import MAC, RINGS, a_policy, written


def test_the_picture_tells_it_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path
) -> None:
    arguments = ("rehearse", written(tmp_path, *RINGS), "--history", history, *MAC, "-o", "svg")
    done, again = call(capsys, *arguments), call(capsys, *arguments)
    assert (done.code, done.err, done.out) == (0, "", again.out)
    assert "<dc:date>" not in done.out
    texts = [text.text for text in ElementTree.fromstring(done.out).iter("{http://www.w3.org/2000/svg}text")]
    assert is_golden("rehearse-rings.words.txt", "\n".join(map(str, texts)) + "\n")


def test_a_picture_of_nothing_is_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path
) -> None:
    file = written(tmp_path, a_policy(target={"none": {}}))
    day = ("--from", "2025-11-01", "--to", "2025-11-01")
    done = call(capsys, "rehearse", file, "--history", history, *MAC, *day, "-o", "svg")
    assert (done.code, done.err) == (0, "")
    ElementTree.fromstring(done.out)


def test_without_matplotlib_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], policies: Path, history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "controller.cli.timeline", raising=False)
    done = call(capsys, "rehearse", policies, "--history", history, *MAC, "-o", "svg")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "pip install 'pomona[charts]'" in done.err


def test_problems_are_shown_as_lint_shows_them(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path
) -> None:
    file = written(tmp_path, a_policy(deadline={"days": 999}), a_policy("more", target={"newest": {}}))
    done = call(capsys, "rehearse", file, "--history", history, *MAC)
    assert (done.code, done.out) == (1, "")
    assert [line.startswith(f"{file}:") for line in done.err.splitlines()] == [True, True]
    assert "spec.deadline.days: found 999, expected at most 365" in done.err


def test_gates_that_lead_nowhere_are_problems(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, history: Path
) -> None:
    done = call(
        capsys, "rehearse", written(tmp_path, a_policy(gate={"after": "x"})), "--history", history, *MAC
    )
    assert (done.code, done.out) == (1, "")
    assert "spec.gate.after: there is no UpdatePolicy x" in done.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    done = call(capsys, "rehearse", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    return done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(
            ("--model", "iPhone15,2", "--installed", "26.0"), "no policy covers device", id="platform"
        ),
        pytest.param(("--model", "Toaster1,1", "--installed", "26.0"), "no policy covers device", id="model"),
        pytest.param((*MAC, "--from", "2025-12-02", "--to", "2025-12-01"), "there is no day from", id="days"),
        pytest.param((*MAC, "--labels", "ring"), "'ring' is not a label such as ring=canary", id="label"),
        pytest.param((*MAC, "--name", "a b"), "'a b' is not a name", id="name"),
        pytest.param(("--model", "J314sAP", "--installed", "x"), "'x' is not an OS version", id="version"),
        pytest.param((*MAC, "-o", "yaml"), "'yaml' is not one of 'table', 'json', 'svg'", id="form"),
    ],
)
def test_bad_usage_is_one_line(
    capsys: pytest.CaptureFixture[str],
    policies: Path,
    history: Path,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    assert said in refused(capsys, policies, "--history", history, *arguments)


def test_what_is_no_history_is_one_line(capsys: pytest.CaptureFixture[str], policies: Path) -> None:
    assert "expected a recorded history" in refused(capsys, policies, "--history", policies, *MAC)
    empty = policies.with_name("empty.json")
    empty.write_text('{"deviceSets": [], "frames": []}')
    assert "found no reading" in refused(capsys, policies, "--history", empty, *MAC)


def test_a_terminal_sees_how_far_it_is(policies: Path, history: Path) -> None:
    ours, theirs = pty.openpty()
    pomona = Path(sys.executable).with_name("pomona")
    command: list[str | Path] = [pomona, "rehearse", policies, "--history", history, *MAC]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, timeout=60, check=True)
    os.close(theirs)
    assert b"living through" in os.read(ours, 65536)
    assert b"living through" not in done.stdout
    os.close(ours)
