"""What docs/ci gives to copy: it can be read, its scripts are scripts, and its commands are commands."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.cli import pomona
from controller.crds import load
from tests.cli.golden import FOLDER

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
FILES = sorted(CI.glob("*.yaml"))

#: A command in a script, to the end of its arguments.
COMMAND = re.compile(r"^ *pomona (\w+) ([^>|\n]*)", re.MULTILINE)


def documents(file: Path) -> list[Any]:
    return list(yaml.safe_load_all(file.read_text()))


def scripts(value: Any) -> Iterator[str]:
    """What a pipeline runs."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("run", "script", "before_script"):
                yield "\n".join(inner) if isinstance(inner, list) else inner
            else:
                yield from scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from scripts(inner)


SCRIPTS = [script for file in FILES for document in documents(file) for script in scripts(document)]


@pytest.mark.parametrize("file", [*FILES, ROOT / ".pre-commit-hooks.yaml"], ids=lambda file: file.name)
def test_each_file_is_yaml(file: Path) -> None:
    assert all(documents(file))


def test_the_readme_names_each_file() -> None:
    text = (CI / "README.md").read_text()
    assert [file.name for file in FILES if f"]({file.name})" not in text] == []


def test_the_readme_shows_the_comment_that_plan_makes() -> None:
    assert (CI / "README.md").read_text().endswith((FOLDER / "plan.markdown").read_text())


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_can_be_parsed(script: str) -> None:
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_each_command_of_ours_is_one() -> None:
    found = [match.groups() for script in SCRIPTS for match in COMMAND.finditer(script)]
    assert {name for name, _ in found} == {"lint", "plan"}
    for name, arguments in found:
        given = [word if word != "$POLICIES" else str(CI) for word in shlex.split(arguments)]
        assert pomona.commands[name].make_context(name, given).params


def test_the_workflow_may_write_comments_and_nothing_else() -> None:
    [workflow] = documents(CI / "github.yaml")
    assert workflow["permissions"] == {"contents": "read", "pull-requests": "write"}


def test_the_reader_reads_all_kinds_and_writes_nothing() -> None:
    rules = [rule for role in documents(CI / "reader.yaml") for rule in role.get("rules", ())]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list"}
    assert set(rules[0]["resources"]) == {crd["spec"]["names"]["plural"] for crd in load()}


def test_the_hook_lints_all_files_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pre-commit does: the entry, and the arguments, without names of files."""
    [[hook]] = documents(ROOT / ".pre-commit-hooks.yaml")
    [[example]] = [repo["hooks"] for repo in documents(CI / "pre-commit.yaml")[0]["repos"]]
    assert (hook["id"], hook["pass_filenames"], hook["language"]) == (example["id"], False, "python")
    (tmp_path / "policies").mkdir()
    monkeypatch.chdir(tmp_path)
    for arguments in (hook["args"], example["args"]):
        program, name = shlex.split(hook["entry"])
        assert program == "pomona"
        assert pomona.commands[name].make_context(name, list(arguments)).params
