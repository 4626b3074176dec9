"""A Dockerfile's steps, done in a folder: as far as that goes without a container engine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its continuation lines joined."""

    verb: str
    rest: str


def instructions(text: str) -> Iterator[Instruction]:
    """All instructions of a Dockerfile, in their order."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for line in re.sub(r"\\\n\s*", "", lines).splitlines():
        verb, _, rest = line.strip().partition(" ")
        if verb:
            yield Instruction(verb, rest)


def stages(text: str) -> Mapping[str, list[Instruction]]:
    """The instructions of each stage, by the name that `FROM … AS` gives it; empty for the last one."""
    found: dict[str, list[Instruction]] = {}
    for instruction in instructions(text):
        if instruction.verb == "FROM":
            _, _, name = instruction.rest.partition(" AS ")
            found[name] = []
        elif found:
            found[name].append(instruction)
    return found


@dataclass
class Root:
    """A folder that stands for the root of one stage's image. What a step names from / on is in there."""

    folder: Path
    context: Path
    names: tuple[str, ...]
    _cwd: Path = field(init=False)

    def __post_init__(self) -> None:
        self._cwd = self.folder

    def do(self, instruction: Instruction) -> None:
        """Carry out WORKDIR, COPY from the context, or RUN; `CalledProcessError` where a command fails."""
        match instruction.verb:
            case "WORKDIR":
                self._cwd = Path(self._inside(instruction.rest))
                self._cwd.mkdir(parents=True)
            case "COPY":
                *sources, target = instruction.rest.split()
                for source in sources:
                    self._copy(self.context / source, self._cwd / target)
            case "RUN":
                command = ["/bin/sh", "-ec", self._inside(instruction.rest)]
                environment = {"PATH": os.environ["PATH"], "HOME": str(self._home())}
                subprocess.run(command, cwd=self._cwd, env=environment, check=True, capture_output=True)
            case other:
                raise NotImplementedError(f"{other} is not known here")

    def _copy(self, source: Path, target: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)

    def _home(self) -> Path:
        home = self.folder / "root"
        home.mkdir(exist_ok=True)
        return home

    def _inside(self, text: str) -> str:
        """The text with each of the *names* of the root's own folders as it is outside."""
        for name in self.names:
            text = re.sub(rf"(?<!\S)/{name}\b", f"{self.folder}/{name}", text)
        return text
