"""What the API server refuses in a manifest, as problems with file and line."""

import re
from collections.abc import Iterator, Sequence

from controller.adapters.kube.client import Refused
from controller.lines import nearest
from controller.objects import Manifest, Problem

#: Answers that are about the manifest and not about us or the server.
_ABOUT_THE_MANIFEST = {400, 413, 422, 500}

#: Server-side apply tells of types and unknown fields: `.spec.typo: field not declared in schema`.
_TYPED = re.compile(r"^\s*\.(?P<field>\S+): (?P<message>.+)$")

#: The decoder tells of unknown and repeated fields, separated by commas.
_STRICT = re.compile(r'(?P<message>(?:unknown|duplicate) field) "(?P<field>[^"]+)"')


def problems(manifest: Manifest, refused: Refused) -> Sequence[Problem]:
    """One for each thing that is wrong; raises *refused* again where the manifest is not at fault."""
    status = refused.status
    denied = status.code == 403 and "admission" in status.message.lower()
    if status.code not in _ABOUT_THE_MANIFEST and not denied:
        raise refused
    found = list(_found(refused)) or [("", status.message)]
    return [
        Problem(manifest.file, nearest(manifest.lines, path, manifest.line), path, message)
        for path, message in found
    ]


def _found(refused: Refused) -> Iterator[tuple[str, str]]:
    """Each path and message. A cause without a path only says that other rules were not looked at."""
    status = refused.status
    for cause in status.details.causes if status.details else ():
        if cause.field and cause.field != "<nil>":
            yield cause.field, cause.message
    for match in _STRICT.finditer(status.message):
        yield match["field"], match["message"]
    _, _, typed = status.message.partition("): ")
    for line in typed.removeprefix("errors:").splitlines():
        match_ = _TYPED.match(line)
        if match_:
            yield match_["field"], match_["message"]
