"""How a kubeconfig is read."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml

from controller.adapters.kube.access import read_access
from controller.ports import Rejected


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    write(path)
    return path


def write(path: Path, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> None:
    server = {"server": "https://api.example:6443", **(cluster or {})}
    path.write_text(
        yaml.safe_dump(
            {
                "clusters": [{"name": "one", "cluster": server}],
                "users": [{"name": "me", "user": user or {"token": "secret"}}],
                "contexts": [
                    {"name": "plain", "context": {"cluster": "one", "user": "me"}},
                    {"name": "at home", "context": {"cluster": "one", "user": "me", "namespace": "acme"}},
                ],
                "current-context": "plain",
            }
        )
    )


def test_the_current_context_is_read(kubeconfig: Path) -> None:
    access = read_access(str(kubeconfig))

    assert (access.url, access.namespace) == ("https://api.example:6443", "default")
    assert access.authorization() == "Bearer secret"


def test_the_home_is_the_namespace_of_the_context(kubeconfig: Path) -> None:
    assert read_access(str(kubeconfig), "at home").namespace == "acme"


def test_no_secret_is_shown(kubeconfig: Path) -> None:
    assert "secret" not in repr(read_access(str(kubeconfig)))


def test_certificates_are_verified_unless_said_otherwise(kubeconfig: Path) -> None:
    strict = read_access(str(kubeconfig)).tls()
    write(kubeconfig, {"insecure-skip-tls-verify": True})
    lenient = read_access(str(kubeconfig)).tls()

    assert (strict.verify_mode, lenient.verify_mode) == (ssl.CERT_REQUIRED, ssl.CERT_NONE)


def test_a_plugin_gives_the_token(kubeconfig: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin"
    plugin.write_text(
        "#!/bin/sh\n"
        'echo \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",'
        ' "status": {"token": "from-the-plugin"}}\'\n'
    )
    plugin.chmod(0o700)
    execution = {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin)}
    write(kubeconfig, user={"exec": {**execution, "interactiveMode": "Never"}})

    assert read_access(str(kubeconfig)).authorization() == "Bearer from-the-plugin"


def test_this_machine_itself_is_asked_without_a_proxy(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.delenv("NO_PROXY", raising=False)
    far = read_access(str(kubeconfig))
    write(kubeconfig, {"server": "https://127.0.0.1:6443"})
    near = read_access(str(kubeconfig))

    assert (far.proxy, near.proxy) == ("http://proxy.example:3128", "")


@pytest.mark.parametrize(
    ("path", "context", "message"),
    [("absent", None, "No configuration found"), ("kubeconfig", "nope", "name nope")],
)
def test_what_is_wrong_is_said(
    kubeconfig: Path, tmp_path: Path, path: str, context: str | None, message: str
) -> None:
    with pytest.raises(Rejected, match=message):
        read_access(str(tmp_path / path), context)


@pytest.mark.parametrize("text", ["foo: [", "hello", "- 1", "clusters: 7", "contexts: [{}]", "users: {}"])
def test_a_file_that_is_no_kubeconfig_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "kubeconfig"
    path.write_text(text)
    with pytest.raises(Rejected, match="no access to an API server"):
        read_access(str(path))


def test_nor_is_a_folder_one(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="no access to an API server: the kubeconfig cannot be read"):
        read_access(str(tmp_path))
