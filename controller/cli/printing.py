"""How answers are printed: tables for people, documents for programs."""

from collections.abc import Iterable, Sequence
from typing import Any

import click
import msgspec
import yaml


def document(value: Any, form: str) -> None:
    """Print a document as `json` or `yaml`; what would be no text in YAML is quoted there."""
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
    else:
        text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
        click.echo(text, nl=False)


class _Dumper(yaml.CSafeDumper):
    """The fast one, without anchors."""

    def ignore_aliases(self, _value: object) -> bool:
        """Say everything again where it stands."""
        return True


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns as kubectl does; nothing is cut, whatever the width of the terminal."""
    lines = [columns, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("   ".join(cells).rstrip())


def count(number: int, noun: str) -> str:
    """So many of something: 1 file, 2 files."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def printable(text: str) -> str:
    """Without what could steer a terminal or break a document: some of it is said by devices."""
    return "".join(char if char.isprintable() else " " for char in text)


def one_line(error: Exception) -> str:
    """What an error says, however many lines it says it in."""
    return " ".join(str(error).split())
