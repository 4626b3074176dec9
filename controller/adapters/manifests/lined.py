"""YAML and JSON as Kubernetes reads them, with the line of every path.

A key that stands twice is an error, and aliases may not blow a small file up.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from controller.adapters.manifests.words import meaning

#: More values than this, aliases followed, deeper ones, or longer keys are no manifest.
VALUES, DEPTH, KEY = 20_000, 32, 512

_TAG = "tag:yaml.org,2002:"
_PLAIN, _MERGE = "plain", "<<"
_SCALARS = {_PLAIN, *(_TAG + kind for kind in ("null", "bool", "int", "float"))}


class BadYaml(Exception):
    """The text cannot be read; *line* says where, 0 for all of it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Lined:
    """One document, and the line on which each of its paths (spec.target, spec.skip[0]) begins."""

    value: Any
    line: int
    lines: dict[str, int]


class _Loader(yaml.CSafeLoader):
    """Tells an unquoted word from a text, and leaves its meaning to us."""

    def resolve(self, kind: type[yaml.Node], _value: Any, implicit: Any) -> str:
        """The tag of a node that has none."""
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else f"{_TAG}str"
        return _TAG + ("map" if kind is yaml.MappingNode else "seq")


def read_documents(content: bytes) -> Iterator[Lined]:
    """Each document of a file that is not empty. `BadYaml` ends it."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadYaml(
            content[: error.start].count(b"\n") + 1, "found bytes that are no UTF-8 text"
        ) from error
    try:
        loader = _Loader(text)
        try:
            while loader.check_node():
                document = _document(loader.get_node())
                if document.value is not None:
                    yield document
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(
            mark.line + 1 if mark else 0, f"is no YAML: {error.problem or error.context}"
        ) from error
    except yaml.YAMLError as error:
        raise BadYaml(0, f"is no YAML: {' '.join(str(error).split())}") from error


def _document(node: yaml.Node | None) -> Lined:
    if node is None:
        return Lined(None, 0, {})
    reader = _Reader()
    return Lined(reader.value(node, "", 0), _line(node), reader.lines)


@dataclass(slots=True)
class _Reader:
    """Turns the nodes of one document into values, and counts them."""

    lines: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def value(self, node: yaml.Node, path: str, depth: int) -> Any:
        self.count += 1
        if self.count > VALUES:
            raise BadYaml(_line(node), f"found more than {VALUES} values, aliases followed")
        if depth > DEPTH:
            raise BadYaml(_line(node), f"found values more than {DEPTH} levels deep")
        self.lines.setdefault(path, _line(node))
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.value(inner, f"{path}[{at}]", depth + 1) for at, inner in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, inner in node.value:
            if key_node.tag == _PLAIN and key_node.value == _MERGE:
                merged = {**self._merged(inner, path, depth), **merged}
                continue
            key = _key(key_node)
            if key in mapping:
                raise BadYaml(_line(key_node), f"{key!r} stands twice in the same place")
            below = f"{path}.{key}" if path else key
            self.lines[below] = _line(key_node)
            mapping[key] = self.value(inner, below, depth + 1)
        return {**merged, **mapping}

    def _merged(self, node: yaml.Node, path: str, depth: int) -> dict[str, Any]:
        """What `<<` brings: a mapping, or several, of which the first wins."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                raise BadYaml(_line(node), "<< merges another thing than mappings")
            merged = {**self.value(source, path, depth + 1), **merged}
        return merged


def _key(node: yaml.Node) -> str:
    """A key as text: JSON has no others."""
    word = _scalar(node) if isinstance(node, yaml.ScalarNode) else None
    if word is None:
        raise BadYaml(_line(node), "found a key that is not a word")
    key = str(word).lower() if isinstance(word, bool) else str(word)
    if len(key) > KEY:
        raise BadYaml(_line(node), f"found a key of {len(key)} characters, expected at most {KEY}")
    return key


def _scalar(node: yaml.Node) -> Any:
    if node.tag == f"{_TAG}str" and isinstance(node, yaml.ScalarNode):
        return node.value
    if node.tag not in _SCALARS or not isinstance(node, yaml.ScalarNode):
        raise BadYaml(_line(node), f"found the tag {node.tag}, expected none")
    try:
        return meaning(node.value)
    except ValueError as error:
        raise BadYaml(_line(node), str(error)) from error


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
