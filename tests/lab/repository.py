"""A bare Git repository on this machine, and a person who commits to it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_PERSON = {
    "GIT_AUTHOR_NAME": "Platform Team",
    "GIT_AUTHOR_EMAIL": "platform@acme.example",
    "GIT_COMMITTER_NAME": "Platform Team",
    "GIT_COMMITTER_EMAIL": "platform@acme.example",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}


class Repository:
    """A repository whose branch `main` is worked on. *url* is what a Fleet names."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / "updates.git"
        self.work = folder / "work"
        self.url = f"file://{self.bare}"
        self._git("init", "--quiet", "--bare", "--initial-branch=main", str(self.bare), at=folder)
        self._git("clone", "--quiet", str(self.bare), str(self.work), at=folder)

    def commit(
        self, message: str, files: Mapping[str, str | bytes | None], *, signing: Sequence[str] = ()
    ) -> str:
        """Write these files (None deletes one), commit, push; the commit's id.

        *signing* are options of git by which the commit is signed.
        """
        for name, content in files.items():
            path = self.work / name
            if content is None:
                path.unlink(missing_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self._git("add", "--all")
        signed = ["--gpg-sign"] if signing else []
        self._git(*signing, "commit", "--quiet", "--allow-empty", *signed, f"--message={message}")
        self._git("push", "--quiet", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD").strip()

    def point(self, branch: str, commit: str) -> None:
        """Make this branch name this commit, whatever it named before; an empty commit removes it."""
        self._git("push", "--quiet", "--force", "origin", f"{commit}:refs/heads/{branch}")

    def tag(self, name: str) -> None:
        """Have this tag on the last commit."""
        self._git("tag", name)
        self._git("push", "--quiet", "origin", name)

    def empty(self) -> str:
        """Commit that there is nothing; the commit's id."""
        self._git("rm", "-r", "--quiet", "--ignore-unmatch", ".")
        return self.commit("nothing", {})

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=at or self.work,
            env={**os.environ, **_PERSON},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
