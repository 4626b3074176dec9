"""The manifests of one repository, commit after commit: a file that stays the same is read once."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import chain

from controller.objects import Manifest, Problem
from controller.ports import Manifests


class Documents:
    """Reads commits for one namespace, and remembers the manifests of the last one by file and content.

    A file with a problem is not remembered: it is told again as long as it is there.
    """

    def __init__(self, manifests: Manifests) -> None:
        self._manifests = manifests
        self._known: dict[str, tuple[bytes, Sequence[Manifest]]] = {}

    def read(
        self, files: Mapping[str, bytes], namespace: str
    ) -> tuple[Sequence[Manifest], Sequence[Problem]]:
        """Every document of every file, validated; a bad one is a problem and no manifest."""
        digests = {file: sha256(content).digest() for file, content in files.items()}
        known = {f: self._known[f] for f, digest in digests.items() if self._knows(f, digest)}
        fresh = {file: content for file, content in files.items() if file not in known}
        found, problems = self._manifests.read_each(fresh, namespace)
        bad = {problem.file for problem in problems}
        known |= {file: (digests[file], found[file]) for file in found if file not in bad}
        self._known = known
        manifests = list(chain.from_iterable(known[file][1] for file in sorted(known)))
        return manifests, sorted([*problems, *self._manifests.duplicates(manifests)])

    def _knows(self, file: str, digest: bytes) -> bool:
        return file in self._known and self._known[file][0] == digest
