"""Policies from files and folders, judged as `lint` and publish judge them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from controller import crds
from controller.adapters.manifests import ManifestReader
from controller.adapters.manifests.lined import BadYaml, read_documents
from controller.domain.gates import faults
from controller.domain.policies import UpdatePolicy
from controller.ports import Manifest, Problem

#: What is read below a folder; a file that is named is read whatever it is called.
ENDINGS = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Written:
    """Policies as their author wrote them, or what is wrong with them."""

    policies: Sequence[UpdatePolicy]
    problems: Sequence[Problem]


def read_policies(paths: Iterable[Path]) -> Written:
    """Every UpdatePolicy below these paths. Manifests of several namespaces are a problem."""
    files = {str(file): _content(file) for path in paths for file in _below(path)}
    namespace = min((name for content in files.values() for name in _namespaces(content)), default="default")
    manifests, problems = ManifestReader().read(files, namespace)
    written = {m.name: m for m in manifests if m.kind == "UpdatePolicy"}
    policies = [UpdatePolicy.parse(name, _spec(manifest), ()) for name, manifest in written.items()]
    wrong = list(problems)
    if not problems:
        wrong = [_gate_problem(written[name], found) for name, found in faults(policies).items()]
    return Written(policies, sorted(wrong))


def _below(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.name.endswith(ENDINGS) and not hidden and file.is_file() and not file.is_symlink():
            yield file


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}") from error


def _namespaces(content: bytes) -> Iterator[str]:
    """Those that manifests name."""
    try:
        documents = list(read_documents(content))
    except BadYaml:
        return
    for document in documents:
        metadata = document.value.get("metadata") if isinstance(document.value, dict) else None
        named = metadata.get("namespace") if isinstance(metadata, dict) else None
        if isinstance(named, str):
            yield named


def _spec(manifest: Manifest) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = crds.with_defaults(manifest.kind, manifest.document)["spec"]
    return spec


def _gate_problem(manifest: Manifest, found: str) -> Problem:
    path, _, message = found.partition(": ")
    return Problem(manifest.file, manifest.lines.get(path, manifest.line), path, message)
