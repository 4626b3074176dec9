"""The Dockerfile, as far as that goes without an engine: judged, and its first stage run as a script.

Not run are its apt-get steps, which would change this machine, and the last stage, which needs an engine.
"""

import fnmatch
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from controller import crds

ROOT = Path(__file__).parents[2]

#: One instruction after the other, as its word and the rest.
Stage = list[tuple[str, str]]


def stages() -> list[Stage]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    parted = [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines if line]
    starts = [at for at, (word, _) in enumerate(parted) if word == "FROM"] + [len(parted)]
    return [parted[start:end] for start, end in itertools.pairwise(starts)]


def said(stage: Stage, word: str) -> list[str]:
    return [rest for found, rest in stage if found == word]


def ignored(path: str) -> bool:
    """Is this kept from the builder? The last line of .dockerignore that matches has the say."""
    verdict = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        if line and not line.startswith("#") and fnmatch.fnmatch(path, pattern):
            verdict = not line.startswith("!")
    return verdict


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_bases_are_exact() -> None:
    assert all(re.match(r"python:3\.11\.\d+-slim-\w+( AS \w+)?$", said(s, "FROM")[0]) for s in stages())


def test_what_runs_is_the_operator_without_rights() -> None:
    last = stages()[-1]

    assert said(last, "USER") == ["65532:65532"]
    assert said(last, "ENTRYPOINT") == ['["pomona"]']
    assert said(last, "CMD") == ['["run"]']
    assert "--uid 65532" in said(last, "RUN")[0]


def test_what_git_needs_is_there_and_no_compiler() -> None:
    [step] = said(stages()[-1], "RUN")
    [installed] = re.findall(r"apt-get install ([^&]+)", step)

    packages = {word for word in shlex.split(installed) if not word.startswith("-")}
    assert packages == {"ca-certificates", "git", "gnupg", "openssh-client"}


def test_nothing_but_what_is_copied_reaches_the_builder() -> None:
    copied = {path for rest in said(stages()[0], "COPY") for path in rest.split()[:-1]}

    assert [path for path in copied if ignored(path) or not (ROOT / path).exists()] == []
    assert {path.name for path in ROOT.iterdir() if not ignored(path.name)} | {"tools"} == {
        path.partition("/")[0] for path in copied
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which /opt is as the first stage leaves it."""
    root = tmp_path_factory.mktemp("image")
    (root / "opt").mkdir()
    (root / "bin").mkdir()
    (root / "bin" / "python").symlink_to(shutil.which("python3.11") or sys.executable)
    work = root
    for word, rest in stages()[0]:
        if word == "WORKDIR":
            work = root / rest.lstrip("/")
            work.mkdir()
        elif word == "COPY":
            copy(rest, work)
        elif word == "RUN":
            run(rest.replace("/opt/", f"{root}/opt/"), work, root)
    return root


def copy(rest: str, work: Path) -> None:
    *sources, target = rest.split()
    for source in sources:
        into = work / target
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            into.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, into)


def run(step: str, work: Path, root: Path) -> None:
    """As in the image, but for where packages come from, which is this machine's to say."""
    foreign = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
    environment = {key: value for key, value in os.environ.items() if key not in foreign}
    environment |= {"PATH": f"{root / 'bin'}:/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-ec", step], cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    if "NewConnectionError" in done.stderr:
        pytest.skip("no package index can be reached from here")
    assert done.returncode == 0, done.stderr


def test_what_is_built_runs_away_from_the_repository(built: Path, tmp_path: Path) -> None:
    def pomona(*arguments: str) -> str:
        program = built / "opt" / "pomona" / "bin" / "pomona"
        done = subprocess.run(
            [program, *arguments],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert pomona("--version") == "pomona, version 0.1.0\n"
    assert pomona("crds").count("kind: CustomResourceDefinition") == len(crds.load())
    assert list(tmp_path.iterdir()) == []


def test_what_is_built_holds_the_operator_alone(built: Path) -> None:
    found = {
        path.name for path in (built / "opt" / "pomona" / "lib" / "python3.11" / "site-packages").iterdir()
    }

    assert {"controller", "kopf"} <= found
    assert not {"pip", "hatchling", "pytest", "tests"} & found
