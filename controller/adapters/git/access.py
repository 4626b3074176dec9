"""How to be let in, and what git is told beside its arguments."""

import base64
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from controller.adapters.git import ssh
from controller.adapters.git.files import ALLOWED_SIGNERS, KEYRING, private
from controller.ports import Rejected

#: Nothing of the machine's or the user's configuration, and nothing that a repository could trigger.
_SAFE = {
    "core.bigFileThreshold": "1m",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "credential.helper": "",
    "fetch.unpackLimit": "1",
    "gc.auto": "0",
    "gpg.minTrustLevel": "undefined",
    "gpg.program": "gpg",
    "gpg.ssh.program": "ssh-keygen",
    "gpg.x509.program": "false",
    "http.followRedirects": "false",
    "maintenance.auto": "false",
    "pack.threads": "1",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "transfer.fsckObjects": "true",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to be let in, and whom to believe: all of it comes from one Secret.

    By https a user and password, or a bearer token, and *ca_pem* for a private authority. By ssh the private
    key *identity*, and *known_hosts*, without which nobody is believed.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    ca_pem: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)
    known_hosts: str = field(default="", repr=False)

    def header(self) -> str:
        """The HTTP header, empty without credentials."""
        if self.bearer:
            return f"Authorization: Bearer {self.bearer}"
        if self.username or self.password:
            return f"Authorization: Basic {self._pair()}"
        return ""

    def hidden(self, text: str) -> str:
        """The text without any of the secrets."""
        for secret in filter(None, (self.password, self.bearer, self._pair())):
            text = text.replace(secret, "***")
        return text

    def _pair(self) -> str:
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


def checked_credentials(url: str, credentials: Credentials) -> Credentials:
    """The credentials, if this URL can be asked with them; else `Rejected` says what is missing."""
    if urlsplit(url).scheme == "ssh":
        needed = {"identity": credentials.identity, "known_hosts": credentials.known_hosts}
        if missing := [entry for entry, value in needed.items() if not value.strip()]:
            raise Rejected(
                f"the Secret of spec.git.secretRef has no {' and no '.join(missing)}, "
                "expected identity and known_hosts for an ssh URL"
            )
    return credentials


def environment(url: str, credentials: Credentials, folder: Path) -> dict[str, str]:
    """Git's environment. Credentials go to *url* alone; what has to be a file is kept in *folder*."""
    protocol = urlsplit(url).scheme
    settings = {**_SAFE, f"protocol.{protocol}.allow": "always"}
    settings["gpg.ssh.allowedSignersFile"] = str(folder / ALLOWED_SIGNERS)
    if protocol == "https" and (header := credentials.header()):
        settings[f"http.{url}.extraHeader"] = header
    variables = {
        "GIT_ALLOW_PROTOCOL": protocol,
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_CONFIG_PARAMETERS": "",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GNUPGHOME": str(folder / KEYRING),
        "HOME": str(folder),
        "LC_ALL": "C",
        # What a killed program leaves of its own goes with the folder.
        "TMPDIR": str(folder),
    }
    if protocol == "ssh":
        variables |= ssh.variables(credentials.identity, credentials.known_hosts, folder)
    if credentials.ca_pem:
        # Not http.sslCAInfo: a variable of this name that the operator was started with would win.
        variables["GIT_SSL_CAINFO"] = str(private(folder / "ca.crt", credentials.ca_pem))
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables
