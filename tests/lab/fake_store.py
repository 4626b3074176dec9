"""What the fake NanoHUB keeps, with the quirks of the real one's key-value storages."""

import hashlib
import itertools
import random
import re
import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from json import JSONDecoder, dumps
from typing import Any

#: The lists of a manifest by how the types in them begin; what is of no such type is never listed.
SECTIONS = {
    "com.apple.activation.": "Activations",
    "com.apple.asset.": "Assets",
    "com.apple.configuration.": "Configurations",
    "com.apple.management.": "Management",
}


@dataclass(frozen=True, slots=True)
class Stored:
    """A declaration as it came: the token is made of the payload's text, spaces and order included."""

    identifier: str
    type: str
    payload: str
    created: int

    @property
    def token(self) -> str:
        text = f"{self.payload}{self.created}{self.identifier}{self.type}0"
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    def document(self) -> str:
        """What the server delivers."""
        named = {"Identifier": self.identifier, "Type": self.type, "ServerToken": self.token}
        return dumps(named)[:-1] + f', "Payload": {self.payload}}}'


@dataclass
class Pairs:
    """Which belongs to which. Keys are joined with a dot and found by how they begin: `g` finds `g.sub`."""

    keys: set[str] = field(default_factory=set)

    def add(self, left: str, right: str) -> bool:
        """Did that change anything?"""
        before = len(self.keys)
        self.keys.add(f"{left}.{right}")
        return len(self.keys) > before

    def remove(self, left: str, right: str) -> bool:
        """Did that change anything?"""
        before = len(self.keys)
        self.keys.discard(f"{left}.{right}")
        return len(self.keys) < before

    def of(self, left: str) -> list[str]:
        """In no order; a set has none here either, but the same one in each process."""
        found = [key[len(left) + 1 :] for key in self.keys if key.startswith(f"{left}.")]
        return random.sample(found, len(found))

    def whose(self, right: str) -> list[str]:
        return [key.removesuffix(f".{right}") for key in self.keys if key.endswith(f".{right}")]


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A status report as it came."""

    id: str
    body: bytes
    at: int


@dataclass
class Store:
    """Declarations, sets, memberships, queues and reports. All is lost with the process."""

    declarations: dict[str, Stored] = field(default_factory=dict)
    sets: Pairs = field(default_factory=Pairs)
    memberships: Pairs = field(default_factory=Pairs)
    queues: Counter[str] = field(default_factory=Counter)
    reports: dict[str, list[StoredReport]] = field(default_factory=dict)
    _created: Iterable[int] = field(default_factory=lambda: itertools.count(secrets.randbelow(10**9)))

    def put(self, body: str, document: dict[str, Any]) -> bool:
        """Store a declaration; did that change anything? It keeps the moment when it was created."""
        identifier, payload = document["Identifier"], _raw_payload(body)
        before = self.declarations.get(identifier)
        created = before.created if before else next(iter(self._created))
        self.declarations[identifier] = Stored(identifier, document["Type"], payload, created)
        return self.declarations[identifier] != before

    def held(self, enrollment: str) -> list[Stored] | None:
        """What a device is given; None where the storage finds a declaration that is not there."""
        named = {d for name in self.memberships.of(enrollment) for d in self.sets.of(name)}
        if named - self.declarations.keys():
            return None
        return [self.declarations[name] for name in named]

    def whose(self, sets: Iterable[str], ids: Iterable[str]) -> list[str]:
        """Who is notified; a device that is reached twice is in here twice."""
        return [*ids, *(e for name in sets for e in self.memberships.whose(name))]


def _raw_payload(body: str) -> str:
    found = re.search(r'"Payload"\s*:\s*', body)
    assert found
    _, end = JSONDecoder().raw_decode(body, found.end())
    return body[found.end() : end]
