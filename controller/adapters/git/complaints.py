"""What git and ssh complain of, in our words: who is at fault, and whether asking again helps."""

from collections.abc import Mapping

from controller.ports import Rejected, Unauthorized, Unavailable

#: So much of a complaint is told, its end.
_TOLD = 300

#: What is said when asking again may help after all, though it looks like one of those below.
_MISSING = ("ssh: not found", "cannot run ssh")

#: When the credentials are at fault.
_DENIED = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "access denied",
    "permission denied (",
    "returned error: 401",
    "returned error: 403",
)

#: When asking again does not help; the first one counts.
_WRONG: Mapping[str, str] = {
    "remote host identification has changed": (
        "the server shows another host key than known_hosts of the Secret has; "
        "if its key was changed on purpose, put the new one there"
    ),
    "host key verification failed": (
        "known_hosts of the Secret has no key of this server, expected the one that it shows"
    ),
    "file too large": "it sends more than is taken of a repository",
    "out of memory": "it needs more memory than a repository gets",
    "does not appear to be a git repository": "there is no repository",
    "not found": "there is no repository",
    "couldn't find remote ref": "what spec.git.ref names is missing",
    "returned error: 30": "the server sends us elsewhere; expected the address that it names",
    "mismatched algorithms": "its objects are named by another hash, expected sha1",
    "fsck error": "the repository is damaged",
}

#: When a server does not give a commit that none of its refs stands on.
_UNADVERTISED = ("unadvertised object", "not our ref", "not valid")


def translate(url: str, status: int, complaint: str) -> Unavailable | Rejected:
    """What a program that ended with *status* complained of; nothing secret may be in it any more."""
    told = " ".join(complaint.split())
    short, lower = told[-_TOLD:], told.lower()
    if any(sign in lower for sign in _MISSING):
        return Unavailable("the program ssh is missing, expected it beside the operator")
    if any(sign in lower for sign in _DENIED):
        return Unauthorized(f"{url} does not let us in: {short}")
    for sign, meaning in _WRONG.items():
        if sign in lower:
            return Rejected(f"{url}: {meaning}: {short}")
    return Unavailable(f"{url}: {short or f'git ended with {status}'}")


def is_unadvertised(complaint: str) -> bool:
    """Does the server keep a commit to itself that it may well have?"""
    return any(sign in complaint for sign in _UNADVERTISED)
