"""The `Repository` port by the git program.

Everything runs through fixed argument lists, in a bare repository without a work tree: no hook, filter,
submodule or link of a repository is ever followed. Credentials go by the environment alone.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from git.exc import GitCommandNotFound

from controller.adapters.git.access import Credentials, checked_branch, checked_path, checked_url, environment
from controller.adapters.git.command import Command, Failed, Limits, Stopped, TooLong, TooMuch
from controller.adapters.git.listing import Blob, parse_batch, parse_tree
from controller.objects import Commit
from controller.ports import Rejected, Unauthorized, Unavailable

LIMITS = Limits()

#: The longest answer to a question about one branch, and the longest list of files, in bytes.
_ANSWER, _LISTING = 1 << 20, 64 << 20

#: What git says when the credentials are at fault.
_DENIED = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "access denied",
    "returned error: 401",
    "returned error: 403",
)

#: What it says when asking again does not help.
_WRONG = {
    "does not appear to be a git repository": "there is no repository",
    "not found": "there is no repository",
    "couldn't find remote ref": "the branch is missing",
    "returned error: 30": "the server sends us elsewhere; expected the address that it names",
    "fsck error": "the repository is damaged",
}


class GitRepository:
    """One branch of one repository, below one path. It keeps nothing between two commits."""

    def __init__(
        self,
        url: str,
        branch: str,
        path: str,
        credentials: Credentials,
        *,
        allow_file: bool,
        limits: Limits = LIMITS,
    ) -> None:
        """`Rejected` says what is wrong with *url*, *branch* or *path*."""
        self._url = checked_url(url, allow_file=allow_file)
        self._branch = checked_branch(branch)
        self._path = checked_path(path)
        self._credentials = credentials
        self._limits = limits
        self._folder = Path(tempfile.mkdtemp(prefix="pomona-git-"))
        self._command = Command(self._folder, environment(self._url, credentials, self._folder))

    async def head(self) -> str:
        """The revision that the branch names at the remote now, such as `main@sha1:9f2c…`."""
        ref = f"refs/heads/{self._branch}"
        said = await self._ask("ls-remote", "--end-of-options", self._url, ref)
        oids = [line.split("\t")[0] for line in said.splitlines() if line.endswith(f"\t{ref}")]
        if not oids:
            raise Rejected(f"{self._url} has no branch {self._branch!r}, expected spec.git.ref to name one")
        return f"{self._branch}@sha1:{oids[0]}"

    async def fetch(self, revision: str) -> Commit:
        """The manifests of that revision, which `head` named. `Rejected` when a limit is broken."""
        oid = revision.rpartition(":")[2]
        # A new folder each time: a repository that is fetched into for months grows for months.
        bare = tempfile.mkdtemp(dir=self._folder)
        try:
            await self._fetch(bare, oid)
            blobs = self._checked(await self._list(bare, oid))
            return Commit(revision, await self._read(bare, blobs) if blobs else {})
        finally:
            await asyncio.to_thread(shutil.rmtree, bare, ignore_errors=True)

    async def close(self) -> None:
        """Leave no process and no file behind."""
        self._command.stop()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _fetch(self, bare: str, oid: str) -> None:
        await self._ask("init", "--quiet", "--bare", "--template=", bare)
        refspec = f"+refs/heads/{self._branch}:refs/pomona/head"
        flags = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-auto-gc")
        command = ("-C", bare, "fetch", *flags, "--end-of-options", self._url, refspec)
        await self._git(command, self._limits.fetch, _ANSWER)
        found = (await self._ask("-C", bare, "rev-parse", "--verify", "refs/pomona/head")).strip()
        if found != oid:
            raise Unavailable(f"{self._url} moved from {oid} to {found} meanwhile")

    async def _list(self, bare: str, oid: str) -> list[Blob]:
        command = ["-C", bare, "ls-tree", "-r", "-z", "-l", "--full-tree", oid]
        if self._path:
            command += ["--", self._path]
        try:
            return list(parse_tree(await self._git(command, self._limits.ask, _LISTING), self._path))
        except TooMuch as error:
            raise Rejected(f"{self._url} lists more than {_LISTING} bytes of file names") from error

    def _checked(self, blobs: Sequence[Blob]) -> Sequence[Blob]:
        most, total = self._limits, sum(blob.size for blob in blobs)
        if len(blobs) > most.files:
            raise Rejected(f"{self._path or '.'} holds {len(blobs)} manifests, expected at most {most.files}")
        for blob in blobs:
            if blob.size > most.blob:
                raise Rejected(f"{blob.path} has {blob.size} bytes, expected at most {most.blob}")
        if total > most.total:
            raise Rejected(f"{self._path or '.'} holds {total} bytes, expected at most {most.total}")
        return blobs

    async def _read(self, bare: str, blobs: Sequence[Blob]) -> dict[str, bytes]:
        asked = "".join(f"{blob.oid}\n" for blob in blobs).encode()
        headers = 128 * len(blobs)
        command = ("-C", bare, "cat-file", "--batch")
        said = await self._git(command, self._limits.ask, self._limits.total + headers, asked)
        return dict(parse_batch(said, blobs))

    async def _ask(self, *arguments: str) -> str:
        try:
            return (await self._git(arguments, self._limits.ask, _ANSWER)).decode(errors="replace")
        except TooMuch as error:
            raise Rejected(f"{self._url} answers more than {_ANSWER} bytes") from error

    async def _git(self, arguments: Sequence[str], limit: float, most: int, given: bytes = b"") -> bytes:
        try:
            return await self._command.run(arguments, limit, most, given)
        except TooLong as error:
            raise Unavailable(f"{self._url} did not answer within {limit:g} s") from error
        except Stopped as error:
            raise Unavailable(f"{self._url} is closed") from error
        except Failed as failed:
            raise self._failure(failed) from failed
        except GitCommandNotFound as error:
            raise Unavailable("the program git is missing, expected it beside the operator") from error

    def _failure(self, failed: Failed) -> Unavailable | Rejected:
        told = " ".join(self._credentials.hidden(str(failed)).split())[-300:]
        lower = told.lower()
        if any(sign in lower for sign in _DENIED):
            return Unauthorized(f"{self._url} does not let us in: {told}")
        for sign, meaning in _WRONG.items():
            if sign in lower:
                return Rejected(f"{self._url}: {meaning}: {told}")
        return Unavailable(f"{self._url}: {told or f'git ended with {failed.status}'}")
