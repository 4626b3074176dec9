"""What a commit holds: `git ls-tree` and `git cat-file`, parsed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from controller.folders import is_manifest, readable
from controller.ports import Rejected

#: Links and submodules have other modes: they are never followed.
_REGULAR = (b"100644", b"100755")


@dataclass(frozen=True, slots=True)
class Blob:
    """One regular file of a commit."""

    oid: str
    size: int
    path: str


def parse_tree(listing: bytes, path: str) -> Iterator[Blob]:
    """The files below *path* that can be manifests, from `ls-tree -r -z -l`.

    `Rejected` where two of them read the same, because one would hide the other.
    """
    seen: set[str] = set()
    for entry in filter(None, listing.split(b"\0")):
        facts, _, name = entry.partition(b"\t")
        mode, _, oid, size = facts.split()
        file = readable(name)
        below = file.removeprefix(f"{path}/") if path else file
        if mode in _REGULAR and is_manifest(below):
            if file in seen:
                raise Rejected(f"two files are called {file}, expected names of plain text")
            seen.add(file)
            yield Blob(oid.decode(), int(size), file)


def parse_batch(said: bytes, blobs: Sequence[Blob]) -> Mapping[str, bytes]:
    """The files by path, from `cat-file --batch` of these blobs: a line about each, then its content."""
    files, at = {}, 0
    for blob in blobs:
        at = said.index(b"\n", at) + 1
        files[blob.path] = said[at : at + blob.size]
        at += blob.size + 1
    return files
