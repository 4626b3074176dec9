"""Files that only we read."""

from pathlib import Path

#: Below a repository's folder: the keys whose signatures are good, by ssh-keygen and by gpg.
ALLOWED_SIGNERS, KEYRING = "allowed_signers", "gnupg"


def private(file: Path, text: str) -> Path:
    """The file with this text, closed to others before anything stands in it."""
    file.touch(mode=0o600)
    file.write_text(text)
    return file
