"""A lookup service on loopback, with a certificate of the lab's authority, and its bad days."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tests.lab.documents import Documents
from tests.lab.pki import Authority
from tests.lab.readings import WORLD, World

PATH = "/v2/pmv"

#: Apple has answered 200 with this.
EMPTY = json.dumps({"PublicAssetSets": {}, "AssetSets": {}, "PublicRapidSecurityResponses": {}}).encode()

#: What it answers on a day that is not bad.
Answer = World | Mapping[str, Any] | bytes | Literal["empty"]


class Lookup(Documents[Answer]):
    """Serves `/v2/pmv`. At first it answers with `WORLD`; *answer* may change at any time."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder, authority, "lookup")
        self.answer = WORLD

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.origin + PATH

    def bodies(self, answer: Answer) -> Mapping[str, bytes]:
        """What Apple lists as of today, a document, a body, or nothing on offer."""
        match answer:
            case "empty":
                return {PATH: EMPTY}
            case bytes():
                return {PATH: answer}
            case World():
                return {PATH: json.dumps(answer.answer(datetime.now(UTC).date())).encode()}
        return {PATH: json.dumps(answer).encode()}
