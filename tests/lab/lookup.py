"""A lookup service on loopback, with a certificate of the lab's authority, and its bad days."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tests.lab.documents import BadDay, Documents
from tests.lab.pki import Authority
from tests.lab.readings import WORLD, World

PATH = "/v2/pmv"

#: Apple has answered 200 with this.
EMPTY = json.dumps({"PublicAssetSets": {}, "AssetSets": {}, "PublicRapidSecurityResponses": {}}).encode()

#: What Apple lists (as of today), a document, a body, nothing on offer, or a bad day.
Answer = World | Mapping[str, Any] | bytes | Literal["empty"] | BadDay


class Lookup(Documents):
    """Serves `/v2/pmv`. At first it answers with `WORLD`; *answer* may change at any time."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(folder, authority, "lookup")
        self.answer = WORLD

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.origin + PATH

    @property
    def answer(self) -> Answer:
        """What it says to whoever asks next."""
        return self._answer

    @answer.setter
    def answer(self, answer: Answer) -> None:
        self._answer = answer
        self.bad_day = None
        match answer:
            case "empty":
                self.bodies = {PATH: EMPTY}
            case "half" | "error" | "hang":
                self.bad_day = answer
            case bytes():
                self.bodies = {PATH: answer}
            case World():
                self.bodies = {PATH: json.dumps(answer.answer(datetime.now(UTC).date())).encode()}
            case Mapping():
                self.bodies = {PATH: json.dumps(answer).encode()}
