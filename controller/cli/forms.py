"""The forms in which findings are printed."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict

from controller.cli.findings import Findings
from controller.cli.printing import count
from controller.objects import Problem


def as_lines(findings: Findings) -> Iterator[str]:
    """One line for each, as `file:line: path: what was found, what is expected`."""
    yield from map(str, findings.errors)
    yield from (f"{warning} (warning)" for warning in findings.warnings)
    yield summed_up(findings)


def as_json(findings: Findings) -> Iterator[str]:
    """One object: how much was read, and each finding with its severity."""
    listed = [
        {"severity": severity, **asdict(problem)}
        for severity, problems in (("error", findings.errors), ("warning", findings.warnings))
        for problem in problems
    ]
    read = {"files": findings.files, "objects": findings.objects}
    yield json.dumps({**read, "problems": listed}, indent=2)


def as_commands(findings: Findings) -> Iterator[str]:
    """Workflow commands of GitHub Actions, which show each finding beside its line."""
    yield from (_command("error", problem) for problem in findings.errors)
    yield from (_command("warning", problem) for problem in findings.warnings)
    yield summed_up(findings)


def summed_up(findings: Findings) -> str:
    """How much was found, and how much was read."""
    counts = ((len(findings.errors), "error"), (len(findings.warnings), "warning"))
    found = " and ".join(count(number, what) for number, what in counts if number) or "nothing wrong"
    objects = count(findings.objects, "good object" if findings.errors else "object")
    return f"{found} in {count(findings.files, 'file')} with {objects}"


def _command(severity: str, problem: Problem) -> str:
    """Such as `::error file=policies/canary.yaml,line=8::spec.deadline.days: found 999, …`."""
    line = f",line={problem.line}" if problem.line else ""
    said = f"{problem.path}: {problem.message}" if problem.path else problem.message
    return f"::{severity} file={_escaped(problem.file, ':,')}{line}::{_escaped(said)}"


def _escaped(text: str, more: str = "") -> str:
    """As GitHub wants it: the percent sign and line ends, in properties colons and commas, too."""
    for character in f"%\r\n{more}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


FORMS: Mapping[str, Callable[[Findings], Iterator[str]]] = {
    "table": as_lines,
    "json": as_json,
    "github": as_commands,
}
