"""A Git server over ssh: OpenSSH's own `sshd` on loopback, as the user that runs it."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.processes import Process, free_port

#: Where it stands on machines that do not give it to everybody.
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))

SSHD = shutil.which("sshd", path=_PLACES)

_CONFIG = """\
AuthorizedKeysFile {folder}/authorized_keys
HostKey {folder}/host_key
KbdInteractiveAuthentication no
ListenAddress 127.0.0.1:{port}
PasswordAuthentication no
PidFile none
PubkeyAuthentication yes
StrictModes no
UsePAM no
"""


def make_key(file: Path, comment: str = "lab", *options: str) -> str:
    """Write a private key; its public one, as one line."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file), *options]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file.with_name(f"{file.name}.pub").read_text().strip()


class SshServer:
    """Serves Git repositories to whoever has *identity*, a private key, while it is entered.

    Its files are kept in *folder*; by *known_hosts* it is known to be the one. It gives what git's own shell
    gives, or *command*, whatever the client asks for.
    """

    def __init__(self, folder: Path, command: str = "") -> None:
        folder.mkdir()
        self._folder = folder
        self._port = free_port()
        self._host_key = make_key(folder / "host_key")
        allowed = make_key(folder / "identity")
        self.identity = (folder / "identity").read_text()
        forced = command or 'git-shell -c "$SSH_ORIGINAL_COMMAND"'
        escaped = forced.replace('"', '\\"')
        (folder / "authorized_keys").write_text(f'restrict,command="{escaped}" {allowed}\n')
        (folder / "sshd_config").write_text(_CONFIG.format(folder=folder, port=self._port))

    @property
    def known_hosts(self) -> str:
        """Its line of a known_hosts file."""
        kind, key, *_ = self._host_key.split()
        return f"[127.0.0.1]:{self._port} {kind} {key}\n"

    def url(self, repository: Path) -> str:
        """Where a repository is served."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self._port}{repository}"

    def __enter__(self) -> Self:
        if os.geteuid() == 0:
            # Where it locks itself up before anybody is let in; packages make it when they start it.
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        log = self._folder / "log"
        config = self._folder / "sshd_config"
        self._process = Process([SSHD or "sshd", "-D", "-e", "-f", config], log)
        self._process.wait_until(lambda: "Server listening" in log.read_text(errors="replace"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop()
