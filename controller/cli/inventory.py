"""A list of devices as others keep it, a CSV file, made into Device manifests."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.adapters.manifests.metadata import judge_metadata
from controller.adapters.manifests.schemas import problems
from controller.objects import Problem

#: The columns that mean something; every other one is a label.
COLUMNS = ("enrollment", "serialNumber", "model")

_ENROLLMENT, _SERIAL, _ = COLUMNS

_UNSAFE = re.compile(r"[^a-z0-9]+")

#: What separates cells: what spreadsheets write, depending on the country.
_SEPARATORS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One device: its line in the file, and what stands in which column; empty cells are left out."""

    line: int
    cells: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of its Device: the serial number, else the enrollment id, as DNS has names."""
        said = (self.cells.get(_SERIAL, ""), self.cells.get(_ENROLLMENT, ""))
        return next(filter(None, (_UNSAFE.sub("-", text.lower()).strip("-")[:253] for text in said)), "")

    @property
    def spec(self) -> dict[str, str]:
        """The spec of its Device."""
        return {key: self.cells[key] for key in COLUMNS if key in self.cells}

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its Device."""
        return {key: text for key, text in self.cells.items() if key not in COLUMNS}

    def manifest(self, namespace: str | None) -> str:
        """Its Device as YAML. Everything is quoted: a serial number such as 1E5 is no number."""
        metadata: dict[str, Any] = {"name": self.name}
        metadata |= {"namespace": namespace} if namespace else {}
        metadata |= {"labels": self.labels} if self.labels else {}
        head = "apiVersion: pomona.dev/v1alpha1\nkind: Device\n"
        return head + _block("metadata", metadata, "") + _block("spec", self.spec, "")


def _block(key: str, values: Mapping[str, Any], indent: str) -> str:
    text = f"{indent}{key}:\n"
    for inner, value in values.items():
        # Keys of ours are plain words; those of labels may look like anything.
        shown = json.dumps(inner) if key == "labels" else inner
        if isinstance(value, Mapping):
            text += _block(inner, value, f"{indent}  ")
        else:
            text += f"{indent}  {shown}: {json.dumps(value, ensure_ascii=False)}\n"
    return text


def read_inventory(file: str, content: bytes) -> tuple[Sequence[Row], Sequence[Problem]]:
    """Every row of a CSV file, and everything that is wrong with it, by line."""
    try:
        lines = list(_lines(content.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return (), [Problem(file, line, "", "found bytes that are no UTF-8 text; save it as CSV in UTF-8")]
    except csv.Error as error:
        return (), [Problem(file, 0, "", f"is no CSV: {error}")]
    if not lines:
        return (), [Problem(file, 0, "", f"is empty, expected columns {', '.join(COLUMNS)} and labels")]
    (line, head), *rest = lines
    wrong = [Problem(file, line, "", message) for message in _judge_head(head)]
    if wrong:
        return (), wrong
    rows = [
        Row(at, {key: cell for key, cell in zip(head, cells, strict=False) if cell}) for at, cells in rest
    ]
    found = [Problem(file, at, "", _miscounted(cells, head)) for at, cells in rest if _differ(cells, head)]
    found += [Problem(file, row.line, column, message) for row in rows for column, message in _judge(row)]
    found += [Problem(file, *told) for told in _twice(rows)]
    if not rows:
        found.append(Problem(file, line, "", "no device follows"))
    return rows, sorted(found)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not blank, and the number on which it begins."""
    first = text.lstrip().partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    for row in reader:
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield begins, cells
        begins = reader.line_num + 1


def _judge_head(head: Sequence[str]) -> Iterator[str]:
    meant = {column.lower(): column for column in COLUMNS}
    for column in dict.fromkeys(head):
        expected = meant.get(re.sub("[ _-]", "", column.lower()), column)
        if not column:
            yield "found a column without a name"
        elif head.count(column) > 1:
            yield f"the column {column!r} stands twice"
        elif expected != column:
            yield f"found the column {column!r}, expected {expected}"
        elif column not in COLUMNS and any(judge_metadata({"name": "d", "labels": {column: ""}}, "")):
            yield f"the column {column!r} is no key of a label, such as ring or it.acme.example/ring"
    if _ENROLLMENT not in {meant.get(column.lower()) for column in head}:
        found = f"found {', '.join(head)}"
        yield f"the column {_ENROLLMENT} is missing; {found}, separated by comma, semicolon or tab"


def _differ(cells: Sequence[str], head: Sequence[str]) -> bool:
    """Is there not a cell for each column? Empty ones at the end are what spreadsheets leave there."""
    return len(cells) < len(head) or any(cells[len(head) :])


def _miscounted(cells: Sequence[str], head: Sequence[str]) -> str:
    found = f"found {len(cells)} cells, expected {len(head)}, as many as columns"
    return f"{found}; quote what has a separator in it"


def _judge(row: Row) -> Iterator[tuple[str, str]]:
    """What the API server would say of its Device, by column."""
    metadata = {"name": row.name or "d", "labels": row.labels}
    for path, message in (*judge_metadata(metadata, ""), *problems("Device", row.name, row.spec)):
        column = path.removeprefix("metadata.labels.").removeprefix("spec.")
        yield column, "is empty" if message == "is missing" else message


def _twice(rows: Iterable[Row]) -> Iterator[tuple[int, str, str]]:
    """What only one device can have. Equal names that follow from equal numbers are not told again."""
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        told = False
        for column, text in ((_ENROLLMENT, row.cells.get(_ENROLLMENT)), (_SERIAL, row.cells.get(_SERIAL))):
            line = first.setdefault((column, text), row.line) if text else row.line
            if line != row.line:
                told = True
                yield row.line, column, f"found {text!r}, which stands on line {line}, too"
        line = first.setdefault(("", row.name), row.line)
        if line != row.line and row.name and not told:
            yield row.line, "", f"would be named {row.name!r}, as the device on line {line}"
