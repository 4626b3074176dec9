"""Git repositories, read without ever trusting them.

Everything runs through fixed argument lists, in a bare repository without a work tree: no hook, filter,
submodule or link of a repository is ever followed. Credentials go by the environment alone.
"""

import asyncio
import base64
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from git.cmd import Git

from controller.ports import Commit, Rejected, Unauthorized, Unavailable

BLOB_LIMIT, FILE_LIMIT, TOTAL_LIMIT = 2**20, 10_000, 64 * 2**20
ENDINGS = (".yaml", ".yml", ".json")

#: Seconds for a question, and for a fetch.
ASK_LIMIT, FETCH_LIMIT = 30, 120

_URL_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_DENIED = (
    "authentication failed",
    "could not read username",
    "403",
    "401",
    "access denied",
    "invalid credentials",
)
_MISSING = ("not found", "does not exist", "couldn't find remote ref", "404")

_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "credential.helper=",
    "fetch.fsckObjects=true",
    "gc.auto=0",
    "http.followRedirects=initial",
    "maintenance.auto=false",
    "protocol.allow=never",
    "submodule.recurse=false",
)


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
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            return f"Authorization: Basic {pair}"
        return ""


@dataclass(frozen=True, slots=True)
class _Blob:
    oid: str
    size: int
    path: str


class GitRepository:
    """One branch of one repository, below one path."""

    def __init__(
        self, url: str, branch: str, path: str, credentials: Credentials, *, allow_file: bool
    ) -> None:
        """`Rejected` says what is wrong with *url* or *path*."""
        self._url = _checked_url(url, allow_file=allow_file)
        self._branch = branch
        self._path = _checked_path(path)
        self._folder = Path(tempfile.mkdtemp(prefix="pomona-git-"))
        self._environment = self._prepare(credentials)

    async def head(self) -> str:
        """The revision that the branch names at the remote now, such as `main@sha1:9f2c…`."""
        ref = f"refs/heads/{self._branch}"
        said = await self._git(["ls-remote", "--exit-code", "--end-of-options", self._url, ref], ASK_LIMIT)
        oids = [line.split("\t")[0] for line in said.decode().splitlines() if line.endswith(f"\t{ref}")]
        if not oids:
            raise Rejected(f"{self._url} has no branch {self._branch!r}")
        return f"{self._branch}@sha1:{oids[0]}"

    async def fetch(self, revision: str) -> Commit:
        """The manifests of that revision, which `head` named. `Rejected` when a limit is broken."""
        oid = revision.rpartition(":")[2]
        await self._git(["init", "--quiet", "--bare", "--template=", "."], ASK_LIMIT)
        fetched = f"+refs/heads/{self._branch}:refs/pomona/head"
        command = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-gc"]
        await self._git([*command, "--end-of-options", self._url, fetched], FETCH_LIMIT)
        found = (await self._git(["rev-parse", "--verify", "refs/pomona/head"], ASK_LIMIT)).decode().strip()
        if found != oid:
            raise Unavailable(f"{self._url} moved from {oid} to {found} meanwhile")
        blobs = self._checked(await self._list(oid))
        return Commit(revision, await self._read(blobs))

    async def close(self) -> None:
        """Leave no file behind."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _list(self, oid: str) -> list[_Blob]:
        command = ["ls-tree", "-r", "-z", "-l", "--full-tree", oid]
        said = await self._git([*command, "--", self._path] if self._path else command, ASK_LIMIT)
        return list(_blobs(said, self._path))

    def _checked(self, blobs: Sequence[_Blob]) -> Sequence[_Blob]:
        if len(blobs) > FILE_LIMIT:
            raise Rejected(f"{len(blobs)} manifests below {self._path or '.'}, expected at most {FILE_LIMIT}")
        for blob in blobs:
            if blob.size > BLOB_LIMIT:
                raise Rejected(f"{blob.path} has {blob.size} bytes, expected at most {BLOB_LIMIT}")
        total = sum(blob.size for blob in blobs)
        if total > TOTAL_LIMIT:
            raise Rejected(f"the manifests have {total} bytes together, expected at most {TOTAL_LIMIT}")
        return blobs

    async def _read(self, blobs: Sequence[_Blob]) -> Mapping[str, bytes]:
        if not blobs:
            return {}
        asked = "".join(f"{blob.oid}\n" for blob in blobs).encode()
        said = await self._git(["cat-file", "--batch"], FETCH_LIMIT, asked)
        files, at = {}, 0
        for blob in blobs:
            at = said.index(b"\n", at) + 1
            files[blob.path] = said[at : at + blob.size]
            at += blob.size + 1
        return files

    def _prepare(self, credentials: Credentials) -> dict[str, str]:
        """What git is told beside its arguments; all configuration of machine and user is shut out."""
        protocol = urlsplit(self._url).scheme
        settings = [*(setting.split("=", 1) for setting in _SAFE), [f"protocol.{protocol}.allow", "always"]]
        if header := credentials.header():
            settings.append([f"http.{self._url}.extraHeader", header])
        if credentials.ca_pem:
            authority = self._folder / "ca.crt"
            authority.write_text(credentials.ca_pem)
            settings.append(["http.sslCAInfo", str(authority)])
        environment = {
            "GIT_ALLOW_PROTOCOL": protocol,
            "GIT_ASKPASS": "true",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": str(len(settings)),
            "GIT_TERMINAL_PROMPT": "0",
            "HOME": str(self._folder),
            "LC_ALL": "C",
        }
        for number, (key, value) in enumerate(settings):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        return environment

    async def _git(self, arguments: Sequence[str], limit: int, stdin: bytes | None = None) -> bytes:
        return await asyncio.to_thread(self._run, arguments, limit, stdin)

    def _run(self, arguments: Sequence[str], limit: int, stdin: bytes | None) -> bytes:
        with tempfile.TemporaryFile(dir=self._folder) as given:
            given.write(stdin or b"")
            given.seek(0)
            status, said, complained = Git(self._folder).execute(
                ["git", *arguments],
                istream=given,
                env=self._environment,
                kill_after_timeout=limit,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
            )
        if status:
            raise self._failure(arguments[0], int(status), str(complained), limit)
        assert isinstance(said, bytes), "stdout was asked for as bytes"  # noqa: S101 (narrows the type)
        return said

    def _failure(self, verb: str, status: int, complained: str, limit: int) -> Unavailable | Rejected:
        told = " ".join(_URL_CREDENTIALS.sub("", complained).split())[-300:]
        lower = told.lower()
        if "timeout: the command" in lower or status < 0:
            return Unavailable(f"git {verb} of {self._url} did not end within {limit} s")
        if verb == "ls-remote" and status == 2:
            return Rejected(f"{self._url} has no branch {self._branch!r}")
        if any(sign in lower for sign in _DENIED):
            return Unauthorized(f"{self._url} does not let us in: {told}")
        if any(sign in lower for sign in _MISSING):
            return Rejected(f"{self._url} is not there: {told}")
        return Unavailable(f"git {verb} of {self._url}: {told}")


def _checked_url(url: str, *, allow_file: bool) -> str:
    parts = urlsplit(url)
    allowed = ("https", "file") if allow_file else ("https",)
    if parts.scheme not in allowed:
        hint = "; file URLs need --allow-file-urls" if parts.scheme == "file" else ""
        raise Rejected(f"spec.git.url begins with {parts.scheme!r}, expected {' or '.join(allowed)}{hint}")
    if "@" in parts.netloc:
        raise Rejected("spec.git.url holds credentials; expected them in the Secret that secretRef names")
    return url


def _checked_path(path: str) -> str:
    parts = PurePosixPath(path).parts
    if ".." in parts or path.startswith("/"):
        raise Rejected(f"spec.git.path is {path!r}, expected a folder of the repository such as policies")
    return "/".join(part for part in parts if part != ".")


def _blobs(listing: bytes, path: str) -> Iterator[_Blob]:
    """Regular files that can be manifests; `ls-tree -l` says mode, type, id, size and path of each."""
    for entry in listing.split(b"\0"):
        if not entry:
            continue
        facts, _, name = entry.partition(b"\t")
        mode, kind, oid, size = facts.split()
        file = name.decode("utf-8", "surrogateescape")
        below = file.removeprefix(f"{path}/") if path else file
        hidden = any(part.startswith(".") for part in below.split("/"))
        if kind == b"blob" and mode in (b"100644", b"100755") and file.endswith(ENDINGS) and not hidden:
            yield _Blob(oid.decode(), int(size), file)
