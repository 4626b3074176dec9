"""Keys that commits are signed with in the lab. Git is given the options of one; a Secret, its public key."""

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab.ssh_server import make_key

GPG = shutil.which("gpg")

#: A day long ago, on which keys were made that have expired since.
_LONG_AGO = "20200101T120000!"


@dataclass(frozen=True, slots=True)
class Signing:
    """One key pair: the options that make git sign with it, and what everybody may know."""

    options: Sequence[str]
    public: str


def ssh_signing(file: Path, *options: str) -> Signing:
    """A new key of ssh."""
    public = make_key(file, "ada@acme.example", *options)
    return Signing(("-c", "gpg.format=ssh", "-c", f"user.signingkey={file}"), public)


class Keyring:
    """Keys of OpenPGP, in a folder of their own; its agent ends when it is left."""

    def __enter__(self) -> Self:
        # Not below a test's folder: the path of the agent's socket may not be long.
        self._folder = Path(tempfile.mkdtemp(prefix="keyring-", dir="/tmp"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["gpgconf", "--homedir", self._folder, "--kill", "all"], check=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def make(self, name: str, *, expired: bool = False) -> Signing:
        """A new key; one that has *expired* signs on a day on which it was good."""
        then = ["--faked-system-time", _LONG_AGO] if expired else []
        kind = ("--quick-generate-key", f"{name}@acme.example", "ed25519", "sign", "1d" if expired else "0")
        self._gpg(*then, "--pinentry-mode", "loopback", "--passphrase", "", *kind)
        program = self._folder / f"gpg-{name}"
        command = shlex.join(["gpg", "--homedir", str(self._folder), *then])
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o700)
        options = ("-c", f"gpg.program={program}", "-c", f"user.signingkey={name}@acme.example")
        return Signing(options, self.public(name))

    def revoke(self, name: str) -> str:
        """Revoke a key; its public key, which now says so."""
        listed = self._gpg("--with-colons", "--list-keys", f"{name}@acme.example")
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
        # The colon keeps anybody from doing this by mistake.
        revocation = (self._folder / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text()
        self._gpg("--import", given=revocation.replace(":-----BEGIN", "-----BEGIN"))
        return self.public(name)

    def public(self, name: str) -> str:
        """The public key, armored."""
        return self._gpg("--armor", "--export", f"{name}@acme.example")

    def private(self, name: str) -> str:
        """The private key, armored."""
        return self._gpg("--armor", "--export-secret-keys", f"{name}@acme.example")

    def _gpg(self, *arguments: str, given: str = "") -> str:
        command = ["gpg", "--homedir", str(self._folder), "--batch", "--quiet", *arguments]
        done = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
        return done.stdout
