"""`pomona import`: the manifests that rows become, and every problem with its line."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from controller.adapters.manifests import ManifestReader
from controller.cli.inventory import read_inventory
from tests.cli.golden import FOLDER, is_golden

POMONA = Path(sys.executable).with_name("pomona")

DOCS = Path(__file__).parents[2] / "docs" / "commands"

LIST = """\
enrollment,serialNumber,model,ring,it.acme.example/owner
00008112-000A1234ABCD001E,C02XK1ABCD,J314sAP,canary,lab

00008112-1F301192E514ABB6,1E5,,no,
Enrollment_3,,,1.10,""\
"""

WRONG = """\
enrollment,serialNumber,ring
E1,S1,ok
E1,S2,ok
E2,S1,ok
E3,s1,ok
,S4,ok
E5,S5,not ok
E6,S6
E7,S7,ok,more
"E8
",S8,ok
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [POMONA, "import", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )


def problems(content: str | bytes) -> list[str]:
    """What is wrong with a file."""
    raw = content if isinstance(content, bytes) else content.encode()
    return [str(problem).removeprefix("list.csv:") for problem in read_inventory("list.csv", raw)[1]]


def test_rows_become_manifests_that_can_be_published(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    done = run(file)
    assert (done.returncode, done.stderr) == (0, "")
    assert is_golden("import.yaml", done.stdout)
    manifests, wrong = ManifestReader().read({"devices.yaml": done.stdout.encode()}, "acme")
    assert ([m.name for m in manifests], wrong) == (["c02xk1abcd", "1e5", "enrollment-3"], [])


def test_the_namespace_is_written_where_it_is_given(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    documents = yaml.safe_load_all(run(file, "-n", "acme").stdout)
    assert {document["metadata"]["namespace"] for document in documents} == {"acme"}


def test_every_problem_is_told_and_no_manifest_printed(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(WRONG)
    done = run(file)
    assert (done.returncode, done.stdout) == (1, "")
    assert is_golden("import.problems", done.stderr.replace(str(file), "list.csv"))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbfenrollment,ring\r\nE1,a\r\n", id="a byte order mark"),
        pytest.param(b"enrollment;ring\nE1;a\n", id="semicolons"),
        pytest.param(b"enrollment\tring\nE1\ta", id="tabs"),
        pytest.param(b"\n enrollment , ring \n E1 , a ,,\n", id="blanks, and empty cells at the end"),
        pytest.param(b'"enrollment","ring"\n"E1","a"\n', id="quotes"),
    ],
)
def test_as_spreadsheets_write_it(content: bytes) -> None:
    rows, wrong = read_inventory("list.csv", content)
    assert ([(row.spec, row.labels) for row in rows], wrong) == ([({"enrollment": "E1"}, {"ring": "a"})], [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(
            "", " is empty, expected columns enrollment, serialNumber, model and labels", id="empty"
        ),
        pytest.param("enrollment,ring\n", "1: no device follows", id="only a head"),
        pytest.param(
            "serial|ring\nS1|a\n",
            "1: the column 'serial|ring' is no key of a label, such as ring or it.acme.example/ring",
            id="another separator",
        ),
        pytest.param(
            "serialNumber,ring\nS1,a\n",
            "1: the column enrollment is missing; found serialNumber, ring, "
            "separated by comma, semicolon or tab",
            id="no enrollment",
        ),
        pytest.param(
            "Enrollment,ring\nE1,a\n", "1: found the column 'Enrollment', expected enrollment", id="case"
        ),
        pytest.param(
            "enrollment,Serial Number\nE1,a\n",
            "1: found the column 'Serial Number', expected serialNumber",
            id="in words",
        ),
        pytest.param("enrollment,ring,ring\nE1,a,b\n", "1: the column 'ring' stands twice", id="twice"),
        pytest.param("enrollment,,ring\nE1,a,b\n", "1: found a column without a name", id="no name"),
        pytest.param(
            b"enrollment,ring\nE1,a\nE2,\xfc\n",
            "3: found bytes that are no UTF-8 text; save it as CSV in UTF-8",
            id="Latin-1",
        ),
        pytest.param(
            "enrollment,ring\nE1,a\n".encode("utf-16"),
            "1: found bytes that are no UTF-8 text; save it as CSV in UTF-8",
            id="UTF-16",
        ),
        pytest.param('enrollment,ring\nE1,"a\n', " is no CSV: unexpected end of data", id="an open quote"),
    ],
)
def test_what_is_wrong_with_a_file(content: str | bytes, said: str) -> None:
    assert said in problems(content)


def test_names_that_only_look_alike_are_told() -> None:
    assert problems("enrollment,serialNumber\nE1,A_B\nE2,A.B\n") == [
        "3: would be named 'a-b', as the device on line 2"
    ]


def test_a_serial_number_without_a_letter_that_dns_has_leaves_the_name_to_the_enrollment() -> None:
    rows, wrong = read_inventory("list.csv", "enrollment,serialNumber\nE1,№\n".encode())
    assert ([row.name for row in rows], wrong) == (["e1"], [])


def test_the_page_shows_what_is_printed() -> None:
    page = (DOCS / "import.md").read_text()
    first = (FOLDER / "import.yaml").read_text().partition("---\n")[0]
    assert first in page
    assert (FOLDER / "import.problems").read_text() in page
