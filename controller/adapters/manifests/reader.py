"""`ManifestReader`: every document of every file, with a problem for each thing that is wrong."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from controller.adapters.manifests.lined import BadYaml, Lined, read_documents
from controller.adapters.manifests.schemas import problems
from controller.ports import Manifest, Problem

API_VERSION = "pomona.dev/v1alpha1"
KINDS = ("UpdatePolicy", "Device")

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")


class ManifestReader:
    """Reads manifests as the API server would, but for CEL."""

    def read(
        self, files: Mapping[str, bytes], namespace: str
    ) -> tuple[Sequence[Manifest], Sequence[Problem]]:
        """Every document of every file, validated; a bad one is a problem and no manifest."""
        manifests: list[Manifest] = []
        found: list[Problem] = []
        for file in sorted(files):
            try:
                for document in read_documents(files[file]):
                    wrong = [
                        Problem(file, _line(document, path), path, message)
                        for path, message in _judge(document.value, namespace)
                    ]
                    found += wrong
                    if not wrong:
                        manifests.append(_manifest(file, document))
            except BadYaml as error:
                found.append(Problem(file, error.line, "", str(error)))
        found += _duplicates(manifests)
        return manifests, sorted(found)


def _manifest(file: str, document: Lined) -> Manifest:
    value = document.value
    kept = {key: value[key] for key in ("apiVersion", "kind", "metadata", "spec")}
    return Manifest(value["kind"], value["metadata"]["name"], kept, file, document.line, document.lines)


def _line(document: Lined, path: str) -> int:
    """The line of a path, or of the nearest thing above it that is there."""
    while path and path not in document.lines:
        path = re.sub(r"(\.[^.\[]+|\[\d+\]|^[^.\[]+)$", "", path)
    return document.lines.get(path, document.line)


def _judge(value: Any, namespace: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one document: path and message."""
    if not isinstance(value, dict):
        yield "", f"found {type(value).__name__}, expected a mapping with apiVersion, kind, metadata and spec"
        return
    if value.get("apiVersion") != API_VERSION or value.get("kind") not in KINDS:
        what = f"{value.get('apiVersion')} {value.get('kind')}"
        yield "kind", f"found {what}, expected {API_VERSION} {' or '.join(KINDS)}"
        return
    for key in sorted(value.keys() - {"apiVersion", "kind", "metadata", "spec", "status"}):
        yield str(key), "is no field; expected apiVersion, kind, metadata or spec"
    yield from _judge_metadata(value.get("metadata"), namespace)
    if "spec" not in value:
        yield "spec", "is missing"
        return
    yield from problems(value["kind"], value["spec"])


def _judge_metadata(metadata: Any, namespace: str) -> Iterator[tuple[str, str]]:
    if not isinstance(metadata, dict):
        yield "metadata", "found nothing, expected a mapping with a name"
        return
    name = metadata.get("name")
    if not isinstance(name, str) or len(name) > 253 or not _NAME.fullmatch(name):
        yield (
            "metadata.name",
            f"found {name!r}, expected lower-case letters, digits and - such as macs-canary",
        )
    if metadata.get("namespace", namespace) != namespace:
        yield "metadata.namespace", f"found {metadata['namespace']!r}, expected {namespace!r} or none"
    for key in sorted(metadata.keys() - {"name", "namespace", "labels", "annotations"}):
        yield f"metadata.{key}", "is no field; expected name, namespace, labels or annotations"
    for kind in ("labels", "annotations"):
        yield from _judge_texts(metadata.get(kind) or {}, f"metadata.{kind}")


def _judge_texts(texts: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(texts, dict):
        yield path, f"found {texts!r}, expected a mapping of text to text"
        return
    for key, value in texts.items():
        if not isinstance(value, str):
            yield f"{path}.{key}", f"found {value!r}, expected text; quote it"


def _duplicates(manifests: Iterable[Manifest]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Manifest] = {}
    for manifest in manifests:
        known = first.setdefault((manifest.kind, manifest.name), manifest)
        if known is not manifest:
            found = f"{manifest.kind} {manifest.name} stands at {known.file}:{known.line}, too"
            yield Problem(manifest.file, manifest.line, "metadata.name", found)
