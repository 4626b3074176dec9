"""The image: its recipe is in order, and its steps make an operator that runs by itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.lab.dockerfile import Root, instructions, stages

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "Dockerfile").read_text()


def test_the_linter_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_it_runs_as_nobody_of_note() -> None:
    [user] = [step.rest for step in stages(TEXT)[""] if step.verb == "USER"]
    assert all(int(number) >= 10_000 for number in user.split(":"))


def test_no_compiler_is_installed() -> None:
    installed = " ".join(step.rest for step in instructions(TEXT) if "apt-get install" in step.rest)
    assert installed.split("--no-install-recommends ")[1].split(" && ")[0] == "git gnupg openssh-client"
    pips = [line for step in instructions(TEXT) for line in step.rest.split("&&") if "pip install" in line]
    assert all("--only-binary :all: --require-hashes" in line or "--no-index" in line for line in pips)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of the build stage once all of its steps are done; no engine is needed for them."""
    root = Root(tmp_path_factory.mktemp("root"), ROOT, ("src", "opt", "build", "wheels"))
    for step in stages(TEXT)["build"]:
        root.do(step)
    return root.folder


def pomona(built: Path, *arguments: str) -> str:
    home = built / "nobody"
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [built / "opt/pomona/bin/pomona", *arguments],
        cwd=home,
        env={"PATH": f"{built}/opt/pomona/bin:/usr/bin:/bin", "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_its_steps_make_a_command_that_needs_nothing_else(built: Path) -> None:
    crds = pomona(built, "crds")
    assert all((ROOT / "crds" / f"{kind}.yaml").read_text().strip() in crds for kind in ("fleets", "devices"))
    assert "--metrics-listen" in pomona(built, "run", "--help")
    assert '"reason": "Enforced"' in pomona(
        built,
        *("releases", "--model", "J314sAP", "--installed", "26.0", "-o", "json", "--at", "2025-12-15"),
        *("--history", str(ROOT / "docs" / "examples" / "history.json")),
    )


def test_only_what_runs_is_in_it(built: Path) -> None:
    [installed] = (built / "opt/pomona/lib").glob("python3*/site-packages")
    there = {path.name for path in installed.iterdir()}
    assert "controller" in there
    assert not there & {"tests", "hatchling", "pytest", "mypy"}
