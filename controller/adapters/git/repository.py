"""The `Repository` port by the git program.

Everything runs through fixed argument lists, in a bare repository without a work tree: no hook, filter,
submodule or link of a repository is ever followed. Credentials go by the environment alone.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controller.adapters.git.access import Credentials, checked_credentials, environment
from controller.adapters.git.addresses import checked_path, checked_url
from controller.adapters.git.bare import Bare
from controller.adapters.git.command import Command, Limits
from controller.adapters.git.refs import Ref, parse_refs
from controller.adapters.git.remote import Remote
from controller.adapters.git.signatures import Verifier
from controller.adapters.git.signers import Signers
from controller.objects import Commit
from controller.ports import Rejected

LIMITS = Limits()

NOBODY = Credentials()

#: The longest list of refs, in bytes: some hundred thousand tags.
_REFS = 32 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """Where manifests come from. With *signers*, commits that none of them has signed are refused."""

    url: str
    ref: Ref
    path: str = "."
    credentials: Credentials = NOBODY
    signers: Signers | None = None


class GitRepository:
    """One ref of one repository, below one path. It keeps nothing between two commits."""

    def __init__(self, origin: Origin, *, allow_file: bool, limits: Limits = LIMITS) -> None:
        """`Rejected` says what is wrong with the URL, the path or the credentials."""
        url = checked_url(origin.url, allow_file=allow_file)
        credentials = checked_credentials(url, origin.credentials)
        self._ref = origin.ref
        self._path = checked_path(origin.path)
        self._folder = Path(tempfile.mkdtemp(prefix="pomona-git-"))
        self._command = Command(self._folder, environment(url, credentials, self._folder), limits)
        self._remote = Remote(url, credentials, self._command, limits)
        self._verifier = origin.signers and Verifier(self._folder, origin.signers, self._remote)

    async def head(self) -> str:
        """The revision that the ref names at the remote now, such as `main@sha1:9f2c…`."""
        question = self._ref.question()
        revision = self._ref.revision(await self._refs(*question) if question else {})
        if not revision:
            raise Rejected(f"{self._remote.url} has no {self._ref}, expected spec.git.ref to name one")
        return revision

    async def fetch(self, revision: str) -> Commit:
        """The manifests of that revision, which `head` named. `Rejected` when a limit is broken."""
        commit = revision.rpartition(":")[2]
        # A new folder each time: a repository that is fetched into for months grows for months.
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            bare = Bare(folder, self._remote)
            await bare.fetch(self._ref.source(revision), commit)
            if self._verifier:
                await self._verifier.check(bare, commit)
            return Commit(revision, await bare.files(commit, self._path))
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _refs(self, option: str, *patterns: str) -> Mapping[str, str]:
        command = ("ls-remote", option, "--end-of-options", self._remote.url, *patterns)
        return parse_refs(await self._remote.ask(*command, most=_REFS))

    async def close(self) -> None:
        """Leave no process and no file behind."""
        self._command.stop()
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
