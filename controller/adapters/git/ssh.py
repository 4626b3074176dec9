"""How git is told to use ssh: one key, the hosts that are known, nothing of the machine's configuration."""

import os
import shlex
from pathlib import Path

from controller.adapters.git.files import private

#: Seconds until a connection has to stand.
_CONNECT = 15

_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": str(_CONNECT),
    "GlobalKnownHostsFile": os.devnull,
    "IdentitiesOnly": "yes",
    "IdentityAgent": "none",
    "PreferredAuthentications": "publickey",
    "StrictHostKeyChecking": "yes",
    "UpdateHostKeys": "no",
}


def variables(identity: str, known_hosts: str, folder: Path) -> dict[str, str]:
    """Git's environment for ssh; key and known hosts are kept in *folder*."""
    files = {
        "IdentityFile": private(folder / "identity", _lines(identity)),
        "UserKnownHostsFile": private(folder / "known_hosts", _lines(known_hosts)),
    }
    options = {**_OPTIONS, **{name: _quoted(path) for name, path in files.items()}}
    words = ["ssh", "-F", os.devnull, *(f"-o{name}={value}" for name, value in options.items())]
    # The variant is told, or git would start ssh once more to find it out.
    return {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}


def _lines(text: str) -> str:
    """As ssh wants it, whatever editor it went through: no carriage return, a newline at the end."""
    return text.replace("\r", "").strip("\n") + "\n"


def _quoted(path: Path) -> str:
    """A path as ssh's configuration has it, where a blank ends a path and a percent sign begins a token."""
    return f'"{str(path).replace("%", "%%")}"'
