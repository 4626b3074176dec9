"""Which repositories may be asked, and which folder of them is read."""

import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit

from controller.ports import Rejected

SCHEMES = ("https", "ssh")

#: A user before an address of ssh; a password never stands there.
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")

_EXAMPLE = "expected one such as https://git.acme.example/updates.git"


def checked_url(url: str, *, allow_file: bool) -> str:
    """The URL, if it may be asked; else `Rejected`, which does not repeat a password."""
    allowed = (*SCHEMES, "file") if allow_file else SCHEMES
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Rejected(f"spec.git.url is no URL: {error}") from error
    if not url.startswith(tuple(f"{scheme}://" for scheme in allowed)):
        hint = "; file URLs need --allow-file-urls" if parts.scheme == "file" else ""
        raise Rejected(f"spec.git.url begins with {parts.scheme!r}, expected {' or '.join(allowed)}{hint}")
    if not _may_name(parts):
        raise Rejected("spec.git.url holds credentials, expected them in the Secret that secretRef names")
    if not url.isprintable() or " " in url or not _names_somebody(parts):
        raise Rejected(f"spec.git.url is {url!r}, {_EXAMPLE}")
    return url


def checked_path(path: str) -> str:
    """The folder without dots, empty for the whole repository; `Rejected` outside of it."""
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/") or not path.isprintable():
        raise Rejected(f"spec.git.path is {path!r}, expected a folder of the repository such as policies")
    return "/".join(parts)


def _may_name(parts: SplitResult) -> bool:
    """Nobody stands before the address, or by ssh a user alone."""
    user, at, _ = parts.netloc.rpartition("@")
    return not at or (parts.scheme == "ssh" and bool(_USER.fullmatch(user)))


def _names_somebody(parts: SplitResult) -> bool:
    """Is there an address? Git decodes what is escaped in it, so nothing may be."""
    if parts.scheme == "file":
        return True
    address = parts.hostname or ""
    return bool(address) and not address.startswith("-") and "%" not in parts.netloc
