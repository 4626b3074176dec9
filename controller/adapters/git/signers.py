"""Whose signatures are good: the public keys of a Secret. What an entry holds tells which kind it is."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from controller.ports import Unverified

#: What ssh can sign with. Certificates are none of them: nobody says here how long they are good.
_SSH = re.compile(
    r"(?P<kind>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r"[ \t]+(?P<key>[A-Za-z0-9+/]+={0,2})(?:[ \t].*)?"
)

#: How a block of OpenPGP keys begins.
BEGIN_OPENPGP = "-----BEGIN PGP PUBLIC KEY BLOCK-----"

_END = "-----END PGP PUBLIC KEY BLOCK-----"
_OPENPGP = re.compile(rf"(?:\s*{BEGIN_OPENPGP}[^\x00]*?{_END})+\s*")

_EXPECTED = "expected public keys of SSH (one a line) or of OpenPGP (armored)"


@dataclass(frozen=True, slots=True)
class Signers:
    """Keys whose signatures are good: of SSH, as ssh-keygen reads them, and of OpenPGP by the entry's name.

    *fingerprints* are those of the SSH keys; gpg tells those of the others.
    """

    allowed: tuple[str, ...] = ()
    fingerprints: frozenset[str] = frozenset()
    openpgp: Mapping[str, str] = field(default_factory=dict)


def read_signers(name: str, entries: Mapping[str, str]) -> Signers:
    """The keys of the Secret *name*; `Unverified` where there is none, or an entry is something else."""
    if not entries:
        raise Unverified(f"the Secret {name} of spec.git.verify is empty, {_EXPECTED}")
    allowed: dict[str, str] = {}
    openpgp = {}
    for entry, text in sorted(entries.items()):
        if _OPENPGP.fullmatch(text):
            openpgp[entry] = text
        else:
            allowed |= _ssh_keys(f"entry {entry} of the Secret {name}", text)
    return Signers(tuple(allowed.values()), frozenset(allowed), openpgp)


def _ssh_keys(where: str, text: str) -> Mapping[str, str]:
    """Lines of an allowed signers file, by fingerprint."""
    keys = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        found = _SSH.fullmatch(line)
        if found is None or not _is_of(found["kind"], found["key"]):
            raise Unverified(f"{where} is of an unknown kind, {_EXPECTED}")
        digest = hashlib.sha256(base64.b64decode(found["key"])).digest()
        fingerprint = "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
        keys[fingerprint] = f'signer namespaces="git" {found["kind"]} {found["key"]}'
    if not keys:
        raise Unverified(f"{where} holds no key, {_EXPECTED}")
    return keys


def _is_of(kind: str, key: str) -> bool:
    """Does the key itself say that it is of this kind?"""
    try:
        blob = base64.b64decode(key, validate=True)
    except binascii.Error:
        return False
    return blob.startswith(len(kind).to_bytes(4, "big") + kind.encode())
