"""Objects that git itself would not write: trees with any names, commits by anybody at any time."""

from collections.abc import Sequence

from tests.lab.git_repository import BareRepository

FILE, TREE = b"100644", b"40000"


def write_tree(bare: BareRepository, entries: Sequence[tuple[bytes, bytes, bytes | str]]) -> str:
    """The id of a tree with just these entries, in this order: mode, name, and content or id."""
    ids: dict[bytes, str] = {}
    body = b""
    for mode, name, content in entries:
        if isinstance(content, bytes):
            if content not in ids:
                ids[content] = bare.git("hash-object", "-w", "--stdin", given=content)
            content = ids[content]
        body += mode + b" " + name + b"\0" + bytes.fromhex(content)
    return bare.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=body)


def write_commit(bare: BareRepository, tree: str, who: str = "A <a> 1700000000 +0000") -> str:
    """The id of a commit of that tree, which becomes main."""
    text = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nwhat the test asks for\n".encode()
    made = bare.git("hash-object", "-w", "-t", "commit", "--literally", "--stdin", given=text)
    bare.git("update-ref", "refs/heads/main", made)
    return made
