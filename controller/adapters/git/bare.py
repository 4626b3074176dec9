"""One commit in a bare repository of its own, without a work tree."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from controller.adapters.git.command import Failed
from controller.adapters.git.complaints import is_unadvertised
from controller.adapters.git.listing import Blob, parse_batch, parse_tree
from controller.adapters.git.remote import Remote
from controller.ports import Rejected, Unavailable

#: The longest list of files, in bytes.
_LISTING = 64 << 20

_HEAD = "refs/pomona/head"

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-gc", "--stdin")

#: Every branch and tag.
_ALL = ("+refs/heads/*:refs/pomona/heads/*", "+refs/tags/*:refs/pomona/tags/*")


class Bare:
    """A repository in *folder*, for one commit of *remote*."""

    def __init__(self, folder: Path, remote: Remote) -> None:
        self._remote = remote
        self._git = f"--git-dir={folder}"

    async def fetch(self, source: str, commit: str) -> None:
        """Bring that commit, which is expected where *source* is: a ref, or the commit itself."""
        await self._remote.ask(self._git, "init", "--quiet", "--bare", "--template=")
        try:
            await self._fetch(f"+{source}:{_HEAD}", "--depth=1")
        except Failed as failed:
            if source != commit or not is_unadvertised(str(failed)):
                raise self._remote.failure(failed) from failed
            await self._fetch_around(commit)
        found = await self._commit(_HEAD)
        if found != commit:
            raise Unavailable(f"{self._remote.url} moved from {commit} to {found} meanwhile")

    async def files(self, commit: str, path: str) -> Mapping[str, bytes]:
        """That commit's manifests below *path*; `Rejected` when there are more than there may be."""
        blobs = self._checked(await self._list(commit, path), path or ".")
        return await self._read(blobs) if blobs else {}

    async def verify(self, commit: str) -> str:
        """What git says of that commit's signature; `Failed` where it is none that is good."""
        command = ("git", self._git, "verify-commit", "--raw", commit)
        return (await self._remote.run(command, self._remote.limits.ask)).complaint

    async def _fetch(self, refspec: str, *flags: str) -> None:
        command = ("git", self._git, *_FETCH, *flags, "--end-of-options", self._remote.url)
        await self._remote.run(command, self._remote.limits.fetch, given=f"{refspec}\n".encode())

    async def _fetch_around(self, commit: str) -> None:
        """Bring that commit with all that the server shows: it does not give it alone."""
        try:
            await self._fetch("\n".join(_ALL))
        except Failed as failed:
            raise self._remote.failure(failed) from failed
        try:
            await self._remote.run(("git", self._git, "update-ref", _HEAD, commit), self._remote.limits.ask)
        except Failed as failed:
            missing = f"has no commit {commit} on a branch or tag, expected spec.git.ref to name one"
            raise Rejected(f"{self._remote.url} {missing}") from failed

    async def _commit(self, ref: str) -> str:
        command = ("git", self._git, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
        try:
            said = await self._remote.run(command, self._remote.limits.ask)
        except Failed as failed:
            raise Rejected(f"{self._remote.url} has no commit where spec.git.ref points to") from failed
        return said.text.decode().strip()

    async def _list(self, commit: str, path: str) -> Sequence[Blob]:
        command = [self._git, "ls-tree", "-r", "-z", "-l", "--full-tree", commit]
        if path:
            command += ["--", path]
        otherwise = f"lists more than {_LISTING} bytes of file names"
        said = await self._remote.git(command, self._remote.limits.ask, _LISTING, otherwise)
        return list(parse_tree(said, path))

    def _checked(self, blobs: Sequence[Blob], path: str) -> Sequence[Blob]:
        most, total = self._remote.limits, sum(blob.size for blob in blobs)
        if len(blobs) > most.files:
            raise Rejected(f"{path} holds {len(blobs)} manifests, expected at most {most.files}")
        for blob in blobs:
            if blob.size > most.blob:
                raise Rejected(f"{blob.path} has {blob.size} bytes, expected at most {most.blob}")
        if total > most.total:
            raise Rejected(f"{path} holds {total} bytes, expected at most {most.total}")
        return blobs

    async def _read(self, blobs: Sequence[Blob]) -> Mapping[str, bytes]:
        asked = "".join(f"{blob.oid}\n" for blob in blobs).encode()
        most = self._remote.limits.total + 128 * len(blobs)
        command, limit = (self._git, "cat-file", "--batch"), self._remote.limits.ask
        said = await self._remote.git(command, limit, most, f"gives more than {most} bytes", asked)
        return parse_batch(said, blobs)
