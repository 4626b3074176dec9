"""`ManifestReader`: every document of every file, with a problem for each thing that is wrong."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from controller.adapters.manifests.lined import BadYaml, Lined, read_documents
from controller.adapters.manifests.metadata import judge_metadata, namespace_of
from controller.adapters.manifests.schemas import problems
from controller.adapters.manifests.telling import one_of, shown
from controller.folders import printable
from controller.lines import nearest
from controller.objects import Manifest, Problem

API_VERSION = "pomona.dev/v1alpha1"
KINDS = ("UpdatePolicy", "Device")

_FIELDS = ("apiVersion", "kind", "metadata", "spec")


class ManifestReader:
    """Reads manifests as the API server would."""

    def read(
        self, files: Mapping[str, bytes], namespace: str | None
    ) -> tuple[Sequence[Manifest], Sequence[Problem]]:
        """All manifests and problems of all files, what stands twice included."""
        found, problems = self.read_each(files, namespace)
        manifests = list(chain.from_iterable(found.values()))
        return manifests, sorted([*problems, *self.duplicates(manifests)])

    def read_each(
        self, files: Mapping[str, bytes], namespace: str | None
    ) -> tuple[Mapping[str, Sequence[Manifest]], Sequence[Problem]]:
        """Every document of every file, by file, validated; a bad one is a problem and no manifest.

        Where no *namespace* is expected, it is the first one that a document names.
        """
        documents, found = _parsed(files)
        manifests: dict[str, list[Manifest]] = {file: [] for file in sorted(files)}
        namespace = namespace or _named(document for _, document in documents)
        for file, document in documents:
            wrong = [
                _problem(file, nearest(document.lines, path, document.line), path, message)
                for path, message in _judge(document.value, namespace)
            ]
            found += wrong
            if not wrong:
                manifests[file].append(_manifest(file, document))
        return manifests, sorted(found)

    def duplicates(self, manifests: Iterable[Manifest]) -> Sequence[Problem]:
        """Those that are of the same object as one before them."""
        return list(_duplicates(manifests))


def _parsed(files: Mapping[str, bytes]) -> tuple[list[tuple[str, Lined]], list[Problem]]:
    documents: list[tuple[str, Lined]] = []
    found: list[Problem] = []
    for file in sorted(files):
        try:
            documents.extend((file, document) for document in read_documents(files[file]))
        except BadYaml as error:
            found.append(_problem(file, error.line, "", str(error)))
    return documents, found


def _named(documents: Iterable[Lined]) -> str | None:
    """The first namespace that a document of ours names."""
    ours = (d.value for d in documents if isinstance(d.value, dict) and d.value.get("kind") in KINDS)
    return next(filter(None, map(namespace_of, ours)), None)


def _problem(file: str, line: int, path: str, message: str) -> Problem:
    """Keys and tags are anything that a text can be; a problem is one line."""
    return Problem(file, line, printable(path), printable(message))


def _manifest(file: str, document: Lined) -> Manifest:
    """*status* is left out: it is the operator's, and files that kubectl wrote have it."""
    value = document.value
    metadata = {key: given for key, given in value["metadata"].items() if given is not None}
    kept = {key: value[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": metadata}
    return Manifest(value["kind"], metadata["name"], kept, file, document.line, document.lines)


def _judge(value: Any, namespace: str | None) -> Iterator[tuple[str, str]]:
    """What is wrong with one document: path and message."""
    if not isinstance(value, dict):
        yield "", f"found {shown(value)}, expected a mapping with apiVersion, kind, metadata and spec"
        return
    if value.get("apiVersion") != API_VERSION:
        yield "apiVersion", f"found {shown(value.get('apiVersion'))}, expected {API_VERSION}"
        return
    if value.get("kind") not in KINDS:
        yield "kind", f"found {shown(value.get('kind'))}, expected {' or '.join(KINDS)}"
        return
    for key in sorted(value.keys() - {*_FIELDS, "status"}):
        yield key, f"is no field, expected {one_of(_FIELDS)}"
    metadata = value.get("metadata")
    yield from judge_metadata(metadata, namespace)
    if "spec" in value:
        name = metadata.get("name") if isinstance(metadata, dict) else None
        yield from problems(value["kind"], name, value["spec"])
    else:
        yield "spec", "is missing"


def _duplicates(manifests: Iterable[Manifest]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Manifest] = {}
    for manifest in manifests:
        known = first.setdefault((manifest.kind, manifest.name), manifest)
        if known is not manifest:
            line = manifest.lines.get("metadata.name", manifest.line)
            found = f"{manifest.kind} {manifest.name} stands at {known.file}:{known.line}, too"
            yield Problem(manifest.file, line, "metadata.name", found)
