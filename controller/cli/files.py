"""Manifests from files and folders, as publish would find them in a repository."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

#: What is read below a folder; a file that is named is read whatever it is called.
ENDINGS = (".yaml", ".yml", ".json")


def read_files(paths: Sequence[Path]) -> Mapping[str, bytes]:
    """Each file by its path. Links, and what begins with a dot, are passed over, as in a repository."""
    files: dict[Path, tuple[str, bytes]] = {}
    for path in paths:
        for file in _below(path) if path.is_dir() else (path,):
            try:
                files.setdefault(file.resolve(), (str(file), file.read_bytes()))
            except OSError as error:
                raise click.ClickException(f"{file}: {error.strerror or error}") from error
    return dict(files.values())


def _below(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if file.name.endswith(ENDINGS) and not hidden and file.is_file() and not file.is_symlink():
            yield file
