"""`pomona lint`: what it finds, how it says so, and with which exit status."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from controller import folders
from controller.adapters.manifests import ManifestReader
from controller.cli import main
from controller.cli.findings import judge
from tests.cli.golden import is_golden
from tests.domain.builders import NOW


def policy(name: str, spec: str = "", **metadata: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in metadata.items())
    return f"""\
apiVersion: pomona.dev/v1alpha1
kind: UpdatePolicy
metadata: {{name: {name}{more}}}
spec:
  platform: macOS
  selector: {{matchLabels: {{ring: {name}}}}}
  target: {{latest: {{}}}}
{spec}"""


def device(name: str) -> str:
    return f"""\
apiVersion: pomona.dev/v1alpha1
kind: Device
metadata: {{name: {name}}}
spec: {{enrollment: E-{name}}}
"""


GOOD = {
    "rings/canary.yaml": policy("canary"),
    "rings/broad.yml": policy("broad", "  gate: {after: canary}\n"),
}
BAD = {
    **GOOD,
    "devices.yaml": f"{device('mac1')}---\n{device('mac2')}---\n{device('mac1')}",
    "days.yaml": policy("days", "  deadline:\n    days: 999\n"),
    "fleet.yaml": policy("fleet").replace("UpdatePolicy", "Fleet"),
    "hr.json": json.dumps({"apiVersion": "pomona.dev/v1", "kind": "Device"}),
    "late.yaml": policy("late", '  deadline: {at: "02:30", exploitedDays: 1}\n'),
    "old.yaml": policy("old", "  freeze:\n    - {from: 2020-12-19, until: 2021-01-06}\n"),
    "rings/all.yaml": policy("all").replace("{matchLabels: {ring: all}}", "{}"),
    "rings/loop.yaml": f"{policy('a', '  gate: {after: b}')}\n---\n{policy('b', '  gate: {after: a}')}",
    "strange, 100%.yaml": "kind: [\n",
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Lint = Callable[..., Ended]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """`pomona lint` in a folder with these files."""

    def run(files: dict[str, str], *arguments: str) -> Ended:
        monkeypatch.chdir(tmp_path)
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        with pytest.raises(SystemExit) as ended:
            main(["lint", *arguments])
        said = capsys.readouterr()
        return Ended(int(ended.value.code or 0), said.out, said.err)

    return run


def test_nothing_wrong_is_one_line_that_says_how_much_was_read(lint: Lint) -> None:
    ended = lint(GOOD, ".")
    assert (ended.code, ended.out) == (0, "nothing wrong in 2 files with 2 objects\n")


@pytest.mark.parametrize("form", ["table", "json", "github"])
def test_what_is_wrong_is_said_in_three_forms(form: str, lint: Lint) -> None:
    ended = lint(BAD, ".", "-o", form)
    assert (ended.code, ended.err) == (2, "")
    assert is_golden(f"lint.{form}", ended.out)


def test_the_json_can_be_read_and_says_how_severe_each_finding_is(lint: Lint) -> None:
    said = json.loads(lint(BAD, ".", "-o", "json").out)
    assert {problem["severity"] for problem in said["problems"]} == {"error", "warning"}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("absent",), "absent"),
        ((), "nothing"),
        ((".", "-o", "yaml"), "form"),
        ((".", "--nope"), "option"),
    ],
)
def test_bad_usage_is_one_line_and_exit_1(arguments: tuple[str, ...], name: str, lint: Lint) -> None:
    ended = lint(GOOD, *arguments)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (1, "", 1)
    assert is_golden(f"lint.{name}.err", ended.err)


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 2)])
def test_warnings_count_only_when_they_shall(arguments: tuple[str, ...], code: int, lint: Lint) -> None:
    ended = lint({"late.yaml": BAD["late.yaml"]}, "late.yaml", *arguments)
    assert (ended.code, ended.out.splitlines()[-1]) == (code, "2 warnings in 1 file with 1 object")


def test_a_version_that_the_bundled_dates_do_not_know_is_warned_of(lint: Lint) -> None:
    known = policy("known", '  skip: [{version: "15.6.1"}]\n')
    unknown = policy("unknown", '  skip:\n    - version: "15.99"\n')
    ended = lint({"known.yaml": known, "unknown.yaml": unknown}, ".")
    assert ended.out.startswith("unknown.yaml:9: spec.skip[0].version: found 15.99, which no catalog knows")
    assert ended.out.endswith("\n1 warning in 2 files with 2 objects\n")


def test_policies_that_overlap_are_warned_of_where_the_priority_stands(lint: Lint) -> None:
    same = {"a.yaml": policy("a"), "b.yaml": policy("b", "  priority: 0\n").replace("ring: b", "owner: lab")}
    assert lint(same, ".").out.startswith("b.yaml:8: spec.priority: found 0 as in a, and a device that both")


def test_without_a_priority_it_is_said_of_the_spec(lint: Lint) -> None:
    same = {"a.yaml": policy("a"), "b.yaml": policy("b").replace("ring: b", "owner: lab")}
    assert lint(same, ".").out.startswith("b.yaml:4: spec.priority: found 0 as in a")


@pytest.mark.parametrize(
    ("namespaces", "arguments", "problem"),
    [
        pytest.param(("", ""), (), "", id="none"),
        pytest.param(("it", ""), (), "", id="one"),
        pytest.param(("it", "it"), ("-n", "it"), "", id="the one that is asked for"),
        pytest.param(
            ("", "it"), ("-n", "hr"), "b.yaml:3: NAMESPACE: found 'it', expected 'hr' or none", id="another",
        ),
        pytest.param(("it", "hr"), (), "b.yaml:3: NAMESPACE: found 'hr', expected 'it' or none", id="two"),
        pytest.param(
            ("A_b", ""), (),
            "a.yaml:3: NAMESPACE: found 'A_b', expected the name of a namespace or none", id="no name",
        ),
    ],
)  # fmt: skip
def test_there_is_one_namespace(
    namespaces: tuple[str, str], arguments: tuple[str, ...], problem: str, lint: Lint
) -> None:
    named = [{"namespace": namespace} if namespace else {} for namespace in namespaces]
    files = {"a.yaml": policy("a", **named[0]), "b.yaml": policy("b", **named[1])}
    ended = lint(files, ".", *arguments)
    assert ended.out.startswith(problem.replace("NAMESPACE", "metadata.namespace") or "nothing wrong")
    assert ended.code == (2 if problem else 0)


def test_a_gate_may_wait_for_a_policy_that_cannot_be_read_yet(lint: Lint) -> None:
    broken = {**GOOD, "rings/canary.yaml": policy("canary", "  typo: 1\n")}
    ended = lint(broken, ".")
    assert ended.out.splitlines()[1:] == ["1 error in 2 files with 1 good object"]


def test_a_gate_that_waits_for_nobody_is_an_error(lint: Lint) -> None:
    ended = lint({"broad.yaml": GOOD["rings/broad.yml"]}, ".")
    assert ended.out.startswith("broad.yaml:8: spec.gate.after: there is no UpdatePolicy canary")
    assert ended.code == 2


def test_what_git_would_not_bring_is_not_read(lint: Lint, tmp_path: Path) -> None:
    hidden = {".github/a.yaml": "x", "rings/.b.yaml": "x", "rings/.c/d.yaml": "x", "README.md": "x"}
    (tmp_path / "link.yaml").symlink_to("README.md")
    assert lint(GOOD | hidden, ".").out == "nothing wrong in 2 files with 2 objects\n"


def test_a_file_that_is_named_is_read_whatever_it_is_called_and_once(lint: Lint) -> None:
    ended = lint({"policies/.hidden.txt": policy("canary")}, "policies/.hidden.txt", "./policies/.hidden.txt")
    assert ended.out == "nothing wrong in 1 file with 1 object\n"


def test_no_manifest_at_all_is_what_publish_calls_empty(lint: Lint) -> None:
    ended = lint({"a.yaml": "# nothing yet\n"}, ".")
    assert ended.out.startswith(".: found no manifest in what was given, expected one at least\n")
    assert ended.code == 2


def test_a_large_file_is_not_read_to_its_end(lint: Lint) -> None:
    ended = lint({"a.yaml": "x" * (folders.BLOB + 1)}, "a.yaml")
    assert ended.out == (
        f"a.yaml: found more than {folders.BLOB} bytes, expected at most so many\n"
        "1 error in 1 file with 0 good objects\n"
    )


def test_many_files_are_not_all_read(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "FILES", 1)
    monkeypatch.setattr(folders, "TOTAL", 10)
    assert lint(GOOD, ".").out.splitlines()[:2] == [
        ".: found more than 1 files, expected at most so many",
        ".: found more than 10 bytes, expected at most so many",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_ends_the_command(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch(mode=0o000)
    assert lint({}, ".") == Ended(1, "", "pomona: a.yaml: Permission denied\n")


def test_a_file_that_breaks_off_ends_the_command(lint: Lint) -> None:
    assert lint({}, "/proc/self/mem") == Ended(1, "", "pomona: /proc/self/mem: Input/output error\n")


def test_a_name_that_is_no_text_can_be_printed(lint: Lint, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.yaml")).write_text("x")
    assert lint({}, ".").out.startswith("\\xff\\n.yaml:1: found 'x', expected a mapping")


NASTY = {
    "binary": bytes(range(256)) * 100,
    "UTF-16": policy("canary").encode("utf-16"),
    "an alias of itself": b"a: &a [*a]",
    "deep": b"[" * 100_000,
    "aliases": b"a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n"
    + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c]\n" % (n, n, *[n - 1] * 6) for n in range(99, 115)),
    "a tag of Python": b"!!python/object/apply:os.system ['true']",
    "a tag with a line end": b"!<a%0Ab> c",
    "a key with a line end": policy("canary").encode() + b'  "a\\nb": 1\n',
    "many documents": b"---\na\n" * 20_000,
}


@pytest.mark.parametrize("content", NASTY.values(), ids=NASTY)
def test_no_input_breaks_it_and_each_problem_is_a_line(content: bytes) -> None:
    findings = judge({"a.yaml": content}, (), None, NOW)
    assert findings.errors
    assert all(str(problem).isprintable() for problem in findings.errors)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 400), st.integers(0, 40), st.text(max_size=20))
def test_no_damage_breaks_it(at: int, length: int, text: str) -> None:
    """Something in the middle of a good file is another thing."""
    good = policy(
        "canary", "  gate: {after: b}\n  deadline: {at: '02:00', days: 3}\n  skip: [{version: '15.6'}]\n"
    )
    judge({"a.yaml": f"{good[:at]}{text}{good[at + length :]}".encode(errors="replace")}, (), None, NOW)


def test_publish_reads_as_lint_does() -> None:
    """Both are the same reader; where nothing is named, nothing is expected."""
    files = {name: text.encode() for name, text in GOOD.items()}
    assert ManifestReader().read(files, None) == ManifestReader().read(files, "it")
