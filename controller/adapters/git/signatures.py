"""Is a commit signed by one of the keys? Git asks ssh-keygen or gpg; both know those keys and no others."""

import asyncio
import re
import shutil
from pathlib import Path

from controller.adapters.git.bare import Bare
from controller.adapters.git.command import Failed
from controller.adapters.git.files import ALLOWED_SIGNERS, KEYRING, private
from controller.adapters.git.remote import Remote
from controller.adapters.git.signers import BEGIN_OPENPGP, Signers
from controller.ports import Unverified

#: Nothing is looked up elsewhere, and no agent is started. All keys are trusted: the keyring has no others.
_GPG_CONF = """\
batch
no-autostart
no-auto-key-locate
no-auto-key-retrieve
no-tty
trust-model always
"""

_BAD = re.compile(r"(?:BAD|ERR|EXP|EXPKEY|REVKEY)SIG ")
_VALID = re.compile(r"\[GNUPG:\] VALIDSIG (?:\S+ ){9}(\S+)")
_GOOD = re.compile(r'Good "git" signature for signer with \S+ key (SHA256:\S+)')
_IMPORTED = re.compile(r"\[GNUPG:\] IMPORT_OK \d+ ([0-9A-F]{40,64})")

#: What is wrong with a signature, by what gpg says of it.
_WRONG = {
    "cannot run ": "the program that judges its signature is missing beside the operator",
    "EXPKEYSIG ": "the key that signed it has expired",
    "REVKEYSIG ": "the key that signed it is revoked",
    "EXPSIG ": "its signature has expired",
    "BADSIG ": "its signature is bad",
    "Could not verify signature": "its signature is bad",
    "incorrect signature": "its signature is bad",
}


class Verifier:
    """Tells whether commits are signed by one of *signers*; keys are kept in *folder*."""

    def __init__(self, folder: Path, signers: Signers, remote: Remote) -> None:
        self._folder = folder
        self._signers = signers
        self._remote = remote

    async def check(self, bare: Bare, commit: str) -> None:
        """`Unverified`, unless that commit has exactly one signature and it is good."""
        known = await self._learn()
        try:
            said = await bare.verify(commit)
        except Failed as failed:
            raise Unverified(f"commit {commit} is refused: {_wrong(str(failed))}") from failed
        if signed_by(said) not in known:
            raise Unverified(f"commit {commit} is refused: none of the keys of spec.git.verify has signed it")

    async def _learn(self) -> frozenset[str]:
        """Give the keys to ssh-keygen and to gpg, nothing else; the fingerprints of all of them."""
        await asyncio.to_thread(self._begin)
        known = set(self._signers.fingerprints)
        for entry, text in self._signers.openpgp.items():
            known |= await self._import(entry, text)
        return frozenset(known)

    def _begin(self) -> None:
        private(self._folder / ALLOWED_SIGNERS, "".join(f"{line}\n" for line in self._signers.allowed))
        keyring = self._folder / KEYRING
        shutil.rmtree(keyring, ignore_errors=True)
        keyring.mkdir(mode=0o700)
        private(keyring / "gpg.conf", _GPG_CONF)

    async def _import(self, entry: str, text: str) -> set[str]:
        command = ("gpg", "--status-fd=1", "--import")
        try:
            said = (await self._remote.run(command, self._remote.limits.ask, given=text.encode())).text
        except Failed as failed:
            # It also fails where the folder's path is too long for an agent's socket, which nobody needs.
            said = failed.text
        found = _IMPORTED.findall(said.decode(errors="replace"))
        if len(found) < text.count(BEGIN_OPENPGP):
            where = f"entry {entry} of the Secret of spec.git.verify"
            raise Unverified(f"gpg cannot read {where}, expected OpenPGP public keys")
        return set(found)


def signed_by(said: str) -> str:
    """The fingerprint of the one key whose signature is good, by `git verify-commit --raw`; else empty."""
    lines = said.splitlines()
    if any(_BAD.search(line) for line in lines):
        return ""
    found = [match[1] for line in lines for kind in (_VALID, _GOOD) if (match := kind.fullmatch(line))]
    return found[0] if len(found) == 1 else ""


def _wrong(complaint: str) -> str:
    for sign, meaning in _WRONG.items():
        if sign in complaint:
            return meaning
    return (
        "it is not signed by one of the keys of spec.git.verify" if complaint.strip() else "it is not signed"
    )
