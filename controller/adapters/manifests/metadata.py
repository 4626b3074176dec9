"""An object's metadata, as the API server judges it: no schema of ours says anything about it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from controller.adapters.manifests.telling import one_of, shown

_FIELDS = ("name", "namespace", "labels", "annotations")

_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_WORD = re.compile(r"(?=.{1,63}\Z)([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

#: All annotations of an object have at most so many bytes.
_ANNOTATIONS = 256 * 1024


def namespace_of(document: Mapping[str, Any]) -> str | None:
    """The namespace that a document names; None where it names none that can be."""
    metadata = document.get("metadata")
    named = metadata.get("namespace") if isinstance(metadata, dict) else None
    return named if isinstance(named, str) and _NAMESPACE.fullmatch(named) else None


def judge_metadata(metadata: Any, namespace: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong with it: path and message. A null field is one that is not there."""
    if not isinstance(metadata, dict):
        yield "metadata", f"found {shown(metadata)}, expected a mapping with a name"
        return
    given = {key: value for key, value in metadata.items() if value is not None}
    name = given.get("name")
    if not isinstance(name, str) or not _DOMAIN.fullmatch(name):
        yield (
            "metadata.name",
            f"found {shown(name)}, expected lower-case letters, digits, - and . such as macs-canary",
        )
    if given.get("namespace", namespace) != namespace:
        expected = shown(namespace) if namespace else "the name of a namespace"
        yield "metadata.namespace", f"found {shown(given['namespace'])}, expected {expected} or none"
    for key in sorted(metadata.keys() - set(_FIELDS)):
        yield f"metadata.{key}", f"is no field, expected {one_of(_FIELDS)}"
    for key in ("labels", "annotations"):
        yield from _judge_texts(given.get(key, {}), f"metadata.{key}")


def _judge_texts(texts: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(texts, dict):
        yield path, f"found {shown(texts)}, expected a mapping of text to text"
        return
    labels = path.endswith("labels")
    for key, value in texts.items():
        if not _is_key(key if labels else key.lower()):
            yield f"{path}.{key}", f"found {shown(key)}, expected a key such as ring or it.acme.example/ring"
        if not isinstance(value, str):
            yield f"{path}.{key}", f"found {shown(value)}, expected text; quote it"
        elif labels and value and not _WORD.fullmatch(value):
            yield f"{path}.{key}", f"found {shown(value)}, expected at most 63 letters, digits, -, _ and ."
    if not labels and _bytes(texts) > _ANNOTATIONS:
        yield path, f"found {_bytes(texts)} bytes, expected at most {_ANNOTATIONS}"


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_WORD.fullmatch(name)) and (not slash or bool(_DOMAIN.fullmatch(prefix)))


def _bytes(texts: Mapping[str, Any]) -> int:
    return sum(len(key.encode()) + len(str(value).encode()) for key, value in texts.items())
