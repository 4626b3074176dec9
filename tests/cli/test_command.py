"""The command line: what it says, and with which exit status."""

import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from controller.cadence import Cadence
from controller.cli import main, pomona
from controller.cli.run import APPLE, SOFA

POMONA = Path(sys.executable).with_name("pomona")


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [POMONA, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_crds_prints_what_kubectl_can_apply() -> None:
    done = run("crds")
    kinds = [document["spec"]["names"]["kind"] for document in yaml.safe_load_all(done.stdout)]
    assert (done.returncode, kinds) == (0, ["Device", "Fleet", "UpdatePolicy"])


@pytest.mark.parametrize("command", [(), *((name,) for name in pomona.commands)])
def test_every_command_has_help_with_an_example(command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert "Example:" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("nope",), "pomona: No such command 'nope'.", id="no command"),
        pytest.param(("run", "--nope"), "pomona run: No such option '--nope'.", id="no option"),
        pytest.param(
            ("run", "--report-interval", "5x"),
            "'5x' is not a duration such as 90s, 10m or 24h",
            id="duration",
        ),
        pytest.param(("run", "--report-interval", "10ms"), "'10ms' is less than 1s", id="too short"),
        pytest.param(("run", "--listen", "8080"), "'8080' is not :PORT or HOST:PORT", id="webhook"),
        pytest.param(("run", "--metrics-listen", "9090"), "'9090' is not :PORT or HOST:PORT", id="address"),
        pytest.param(
            ("run", "--exploited-url", "feeds"),
            "'feeds' is not a URL such as https://mirror.example/feed.json",
            id="no URL",
        ),
        pytest.param(("run", "--lookup-url", "https://[x"), "'https://[x' is not a URL", id="half a URL"),
        pytest.param(("run", "--kubeconfig", "absent"), "no access to an API server", id="no kubeconfig"),
        pytest.param(("explain",), "pomona explain: Missing argument 'DEVICE'.", id="no Device"),
        pytest.param(
            ("explain", "mac", "--kubeconfig", "absent"), "no access to an API server", id="explain what?"
        ),
        pytest.param(("evidence", "--from", "soon"), "'soon' is not a date such as 2026-12-01", id="no date"),
    ],
)
def test_bad_usage_is_one_line_on_stderr_and_exit_1(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = run(*arguments, HOME=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_one_line_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = run("run", "--metrics-listen", address)
    assert done.stderr == f"pomona: cannot listen on {address}: address already in use\n"


def test_a_flag_is_also_a_variable() -> None:
    done = run("run", POMONA_METRICS_LISTEN="nonsense")
    assert "'nonsense' is not :PORT or HOST:PORT" in done.stderr


@pytest.mark.parametrize("urls", [(APPLE,), SOFA])
def test_what_is_asked_by_default_is_asked_once_a_day(urls: tuple[str, ...]) -> None:
    assert Cadence(urls, timedelta(seconds=1)).daily


def test_without_a_command_it_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        main([])
    assert capsys.readouterr().out.startswith("Usage: pomona")


def test_it_is_a_plugin_of_kubectl() -> None:
    kubectl = Path(sys.executable).with_name("kubectl")
    path = {"PATH": f"{kubectl.parent}:/usr/bin:/bin"}
    helped = subprocess.run(
        [kubectl, "pomona", "explain", "--help"], env=path, capture_output=True, text=True, check=True
    )
    assert helped.stdout.startswith("Usage: kubectl pomona explain")
    failed = subprocess.run(
        [kubectl, "pomona", "nope"], env=path, capture_output=True, text=True, check=False
    )
    assert failed.stderr.startswith("kubectl pomona: No such command 'nope'.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param("pomona ex", "plain,explain", id="a command"),
        pytest.param("pomona explain --lab", "plain,--labels", id="an option"),
        pytest.param("pomona evidence -o c", "plain,csv", id="a form"),
    ],
)
def test_shells_complete_it(words: str, said: str) -> None:
    position = str(len(words.split()) - 1)
    done = run(_POMONA_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=position)
    assert done.stdout.splitlines() == [said]


def test_shells_are_told_how() -> None:
    assert "_pomona_completion" in run(_POMONA_COMPLETE="zsh_source").stdout
