"""How answers are printed: tables for people, documents for programs."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click
import yaml


def document(value: Any, form: str) -> None:
    """Print a document as `json` or `yaml`; what would be no text in YAML is quoted there."""
    if form == "json":
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        click.echo(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), nl=False)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns as kubectl does; nothing is cut, whatever the width of the terminal."""
    lines = [columns, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("   ".join(cells).rstrip())
