"""YAML as Kubernetes reads it, with the line of every path.

Dates stay strings and the words yes and no are booleans, as in `kubectl`. A key that stands twice is an
error, and aliases may not blow a small file up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

#: More nodes than this, aliases followed, are no manifest.
NODES = 20_000


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
    """The safe loader, without the timestamps that YAML 1.1 sees in dates."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def read_documents(content: bytes) -> Iterator[Lined]:
    """Each document of a file that is not empty. `BadYaml` ends it."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadYaml(content[: error.start].count(b"\n") + 1, "not UTF-8 text") from error
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            document = _document(loader, node) if node else None
            if document and document.value is not None:
                yield document
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BadYaml(mark.line + 1 if mark else 0, f"not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise BadYaml(0, f"not YAML: {error}") from error
    finally:
        loader.dispose()


def _document(loader: _Loader, node: yaml.Node) -> Lined:
    lines: dict[str, int] = {}
    budget = [NODES]
    value = _value(loader, node, "", lines, budget)
    return Lined(value, node.start_mark.line + 1, lines)


def _value(loader: _Loader, node: yaml.Node, path: str, lines: dict[str, int], budget: list[int]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    budget[0] -= 1
    if budget[0] < 0:
        raise BadYaml(line, f"more than {NODES} values, aliases followed")
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node, path, lines, budget)
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, inner, f"{path}[{at}]", lines, budget) for at, inner in enumerate(node.value)]
    return _scalar(loader, node)


def _mapping(
    loader: _Loader, node: yaml.MappingNode, path: str, lines: dict[str, int], budget: list[int]
) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, inner in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadYaml(line, "a key is not a word")
        key = str(key_node.value)
        if key in mapping:
            raise BadYaml(line, f"{key!r} stands twice in the same place")
        below = f"{path}.{key}" if path else key
        lines[below] = line
        mapping[key] = _value(loader, inner, below, lines, budget)
    return mapping


def _scalar(loader: _Loader, node: yaml.Node) -> Any:
    try:
        return loader.construct_object(node)
    except (ValueError, OverflowError) as error:
        raise BadYaml(node.start_mark.line + 1, f"{node.value!r} cannot be read: {error}") from error
