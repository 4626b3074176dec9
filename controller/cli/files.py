"""Manifests from files and folders, read as publish reads them from Git."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from controller import folders
from controller.objects import Problem

#: What stands in the place of a file where all of them are meant.
ALL = "."


def read_files(paths: Iterable[Path]) -> tuple[Mapping[str, bytes], list[Problem]]:
    """The content of each file by its name; what is too large is a problem, and not read to its end.

    Of folders: what ends as manifests do and hides behind no dot; links are not followed. What cannot be read
    ends the command.
    """
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    try:
        found = {path.resolve(): path for given in paths for path in _manifests_of(given)}
        left = folders.TOTAL
        for path in list(found.values())[: folders.FILES]:
            name, content = folders.readable(os.fsencode(path)), _content(path)
            left -= len(content)
            if left < 0:
                break
            if len(content) > folders.BLOB:
                problems.append(_too_many(name, folders.BLOB, "bytes"))
            else:
                files[name] = content
    except OSError as error:
        raise _unreadable(Path(error.filename), error) from error
    if len(found) > folders.FILES:
        problems.append(_too_many(ALL, folders.FILES, "files"))
    if left < 0:
        problems.append(_too_many(ALL, folders.TOTAL, "bytes"))
    return files, problems


def _too_many(where: str, most: int, what: str) -> Problem:
    return Problem(where, 0, "", f"found more than {most} {what}, expected at most so many")


def _manifests_of(given: Path) -> Iterator[Path]:
    """A file that is named is read, whatever it is called."""
    if not given.is_dir():
        yield given
        return
    for folder, inner, names in os.walk(given, onerror=_fail):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if folders.is_manifest(name) and path.is_file() and not path.is_symlink():
                yield path


def _fail(error: OSError) -> None:
    raise error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(folders.BLOB + 1)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> click.ClickException:
    return click.ClickException(f"{folders.readable(os.fsencode(path))}: {error.strerror}")
