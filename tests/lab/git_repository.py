"""Bare repositories with the commits that a test asks for, written without a work tree."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_WHO = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@acme.example",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@acme.example",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}

REGULAR, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"


class BareRepository:
    """One bare repository at *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--bare", ".")

    @property
    def url(self) -> str:
        """Its file URL."""
        return self.folder.as_uri()

    def commit(
        self,
        files: Mapping[str, bytes | str],
        *,
        branch: str = "main",
        modes: Mapping[str, str] | None = None,
        parent: str = "",
        signing: Sequence[str] = (),
    ) -> str:
        """A commit that holds just these files becomes the branch; its id. A submodule's content is an id.

        *signing* are options of git's that say by what it is signed.
        """
        index = {"GIT_INDEX_FILE": str(self.folder / "lab-index")}
        self.git("read-tree", "--empty", env=index)
        entries = ""
        for path, content in files.items():
            mode = (modes or {}).get(path, REGULAR)
            given = content if isinstance(content, bytes) else content.encode()
            oid = (
                given.decode() if mode == SUBMODULE else self.git("hash-object", "-w", "--stdin", given=given)
            )
            entries += f"{mode} {oid}\t{path}\0"
        self.git("update-index", "-z", "--add", "--index-info", given=entries.encode(), env=index)
        tree = self.git("write-tree", env=index)
        after, sign = (["-p", parent] if parent else []), (["-S"] if signing else [])
        made = self.git(*signing, "commit-tree", *sign, *after, "-m", "what the test asks for", tree)
        self.git("update-ref", f"refs/heads/{branch}", made)
        return made

    def git(self, *arguments: str, given: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        """What git says."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            input=given,
            env={**os.environ, **_WHO, **(env or {})},
            capture_output=True,
            check=True,
        )
        return done.stdout.decode().strip()
