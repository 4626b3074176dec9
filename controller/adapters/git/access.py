"""Which repositories may be asked, and what git is told beside its arguments."""

import base64
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from controller.ports import Rejected

#: What a branch cannot be called, as `git check-ref-format` has it.
_NO_BRANCH = re.compile(r"[ ~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|^[./-]|[./]$|^@$|^$")

#: Nothing of the machine's or the user's configuration, and nothing that a repository could trigger.
_SAFE = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "credential.helper": "",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "transfer.fsckObjects": "true",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to be let in: a user and password, or a bearer token; *ca_pem* for a private authority."""

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    bearer: str = field(default="", repr=False)
    ca_pem: str = field(default="", repr=False)

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


def checked_url(url: str, *, allow_file: bool) -> str:
    """The URL, if it may be asked; else `Rejected`, which does not repeat a password."""
    allowed = ("https", "file") if allow_file else ("https",)
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Rejected(f"spec.git.url is no URL: {error}") from error
    if not url.startswith(tuple(f"{scheme}://" for scheme in allowed)):
        hint = "; file URLs need --allow-file-urls" if parts.scheme == "file" else ""
        raise Rejected(f"spec.git.url begins with {parts.scheme!r}, expected {' or '.join(allowed)}{hint}")
    if "@" in parts.netloc:
        raise Rejected("spec.git.url holds credentials, expected them in the Secret that secretRef names")
    if not url.isprintable() or " " in url or (parts.scheme == "https" and not parts.hostname):
        raise Rejected(f"spec.git.url is {url!r}, expected one such as https://git.acme.example/updates.git")
    return url


def checked_branch(branch: str) -> str:
    """The branch, if Git can have one of this name; else `Rejected`."""
    if not branch.isprintable() or _NO_BRANCH.search(branch):
        raise Rejected(f"spec.git.ref.branch is {branch!r}, expected the name of a branch such as main")
    return branch


def checked_path(path: str) -> str:
    """The folder without dots, empty for the whole repository; `Rejected` outside of it."""
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/") or not path.isprintable():
        raise Rejected(f"spec.git.path is {path!r}, expected a folder of the repository such as policies")
    return "/".join(parts)


def environment(url: str, credentials: Credentials, folder: Path) -> dict[str, str]:
    """Git's environment. Credentials go to *url* alone; the authority's certificate is kept in *folder*."""
    protocol = urlsplit(url).scheme
    settings = {**_SAFE, f"protocol.{protocol}.allow": "always"}
    if header := credentials.header():
        settings[f"http.{url}.extraHeader"] = header
    variables = {
        "GIT_ALLOW_PROTOCOL": protocol,
        "GIT_ASKPASS": "true",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "HOME": str(folder),
        "LC_ALL": "C",
    }
    if credentials.ca_pem:
        # Not http.sslCAInfo: a variable of this name that the operator was started with would win.
        variables["GIT_SSL_CAINFO"] = str(_private(folder / "ca.crt", credentials.ca_pem))
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _private(file: Path, text: str) -> Path:
    file.touch(mode=0o600)
    file.write_text(text)
    return file
