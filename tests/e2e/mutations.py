"""What becomes of good manifests when one thing, or two, is another.

Strings and numbers are taken to their bounds and one beyond, by the schema; everything is replaced by values
of every other type, left out, and joined by what no schema knows.
"""

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

from controller import crds
from tests.e2e.samples import DEVICE, GOOD, Document, a

Path = tuple[str | int, ...]

#: One of each type, at the edges where YAML, JSON, Python and Go might differ.
STRANGERS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    15.0,
    15.5,
    2**31,
    2**63 - 1,
    "",
    "x",
    "\n",
    [],
    {},
    [[]],
    {"a": {}},
)

#: What texts become: other digits, blanks of Unicode, line ends, and dates and times that cannot be.
TEXTS = (
    *(
        "15.6",
        "15.6.1",
        "15",
        "\u0661\u0665.\u0666",
        "15.6\n",
        " 15.6",
        "99999.1",
        "24G90",
        "24G90a",
        "24g90",
    ),
    *("18:00", "24:00", "1\uff18:00", "18:0", "2026-02-28", "2026-02-30", "2028-02-29", "2027-02-29"),
    *(
        "2026-2-28",
        "20260228",
        "1999-12-31",
        "https://it.acme.example",
        "https://a/\u00a0x",
        "https://a/\x0bx",
    ),
    *("http:///x", "https://a?b", "https://é/#x", "a b", "a/b", "A.b_c-d", "-a", "a-", "é"),
    *("a" * 63, "a" * 64, "a" * 254),
)


def mutants() -> Iterator[tuple[str, Document]]:
    """Each with what was done to it."""
    for document in GOOD:
        kind = document["kind"]
        schema = {"properties": {"spec": crds.schema_of(kind)["properties"]["spec"]}}
        for path, value, below in _walk(schema, document, ()):
            for done, new in _instead(value, below):
                yield f"{kind} {_shown(path)}: {done}", _with(document, path, new)
    yield from _metadata()


def pairs(count: int, seed: int) -> Iterator[tuple[str, Document]]:
    """Mutants of which two things are another."""
    chance = random.Random(seed)
    for _ in range(count):
        document = copy.deepcopy(chance.choice(GOOD))
        done = []
        for _ in range(2):
            path, value, below = chance.choice(list(_walk(crds.schema_of(document["kind"]), document, ())))
            what, new = chance.choice(list(_instead(value, below)))
            if path and path[0] == "spec":
                document = _with(document, path, new)
                done.append(f"{_shown(path)}: {what}")
        yield f"{document['kind']} {', '.join(done)}", document


_GONE = object()


def _instead(value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "left out", _GONE
    yield from ((f"is {stranger!r}", stranger) for stranger in STRANGERS)
    for key, step in (("minimum", -1), ("maximum", 1)):
        if key in schema:
            yield from ((f"is {n}", n) for n in (schema[key], schema[key] + step))
    if isinstance(value, str):
        others = (
            TEXTS if "pattern" in schema or "x-kubernetes-validations" in schema else schema.get("enum", ())
        )
        yield from ((f"is {text!r:.40}", text) for text in others)
        most = schema.get("maxLength")
        yield from ((f"has {n} letters", "a" * n) for n in ((most, most + 1) if most else ()))
        yield from ((f"has {n} accents", "é" * n) for n in ((most, most + 1) if most else ()))
    if isinstance(value, list):
        most = schema.get("maxItems", 3)
        yield from ((f"has {n} entries", value[:1] * n) for n in (1, most, most + 1))
        yield "has another entry", [*value, "x"]
    if isinstance(value, dict):
        yield "has a field nobody knows", {**value, "typo": 1}
        yield "has a field that is null", {**value, "typo": None}
        yield "has 65 texts", {f"key{n}": "x" for n in range(65)}


def _metadata() -> Iterator[tuple[str, Document]]:
    """What anybody may write there; the API server alone has a schema of it."""
    names = (
        "a" * 63,
        "a" * 64,
        "a" * 253,
        "a" * 254,
        "a.b",
        "a..b",
        "A",
        "a_b",
        "-a",
        "a-",
        "é",
        "1",
        ".a",
        "a\n",
    )
    for name in names:
        yield f"name {name!r:.30}", {**a("Device", DEVICE), "metadata": {"name": name}}
    for key in ("a", "A_b.c-d", "", "a b", "-a", "a/b", "A/b", "a/b/c", "/a", "a/", "a" * 63, "a" * 64, "é",
                f"{'a' * 253}/a", f"{'a' * 254}/a", "a/" + "b" * 64, "a\n", "a..b/c", "a_b/c"):  # fmt: skip
        yield f"label {key!r:.30}", a("Device", DEVICE, labels={key: "x"})
        yield f"annotation {key!r:.30}", a("Device", DEVICE, annotations={key: "x"})
    # A null one is empty text to the API server; nobody means that, so publish refuses it before it is asked.
    texts: tuple[Any, ...] = ("", "a b", "a" * 63, "a" * 64, "é", "-a", "a-", "A.b_c", "x\n", 1, True, [], {})
    for text in texts:
        yield f"label of {text!r:.30}", a("Device", DEVICE, labels={"a": text})
        yield f"annotation of {text!r:.30}", a("Device", DEVICE, annotations={"a": text})
    for size in (262_143, 262_144):
        yield f"{size + 1} bytes of annotations", a("Device", DEVICE, annotations={"a": "x" * size})
    values: tuple[Any, ...] = (None, [], "x", 1, {})
    for field in ("labels", "annotations"):
        for value in values:
            yield f"{field} {value!r}", a("Device", DEVICE, **{field: value})


def _walk(schema: Mapping[str, Any], value: Any, path: Path) -> Iterator[tuple[Path, Any, Mapping[str, Any]]]:
    """Everything in a document that a schema speaks of."""
    if path:
        yield path, value, schema
    if isinstance(value, Mapping):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties")
        for key, inner in value.items():
            if below := properties.get(key, others):
                yield from _walk(below, inner, (*path, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _walk(schema.get("items", {}), inner, (*path, at))


def _with(document: Document, path: Path, new: Any) -> Document:
    """The document, one thing in it replaced; itself where an earlier change took that away."""
    changed = copy.deepcopy(document)
    place: Any = changed
    try:
        for key in path[:-1]:
            place = place[key]
        if new is _GONE:
            del place[path[-1]]
        else:
            place[path[-1]] = copy.deepcopy(new)
    except (KeyError, IndexError, TypeError):
        return document
    return changed


def _shown(path: Path) -> str:
    return ".".join(map(str, path))
