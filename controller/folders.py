"""Which files below a folder are manifests, and how much is read of them: of a commit, and by commands."""

ENDINGS = (".yaml", ".yml", ".json")

#: At most so many bytes of one file, so many files, and so many bytes of all of them.
BLOB, FILES, TOTAL = 1 << 20, 10_000, 64 << 20


def is_manifest(below: str) -> bool:
    """Is this file, named from the folder on, one to read? What begins with a dot is left alone."""
    return below.endswith(ENDINGS) and not any(part.startswith(".") for part in below.split("/"))


def readable(name: bytes) -> str:
    """A file's name that fits into a line, whatever its bytes are."""
    return printable(name.decode("utf-8", "backslashreplace"))


def printable(text: str) -> str:
    """The text in one line, without what a terminal or a log would obey."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
