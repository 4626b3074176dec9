"""What a Fleet connects to: its MDM and its repository, by the keys of its spec."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

from controller.adapters.git import Credentials, GitRepository, Origin, Signers, parse_ref, read_signers
from controller.adapters.nanohub import NanoHub, connect, parse_event
from controller.adapters.notify import WebhookMessenger
from controller.adapters.notify import connect as connect_receiver
from controller.domain.receivers import Receiver
from controller.logs import redact
from controller.metrics import Metrics
from controller.objects import Heard, Resource
from controller.ports import Cluster, Rejected
from controller.receptions import Hook


class Connections:
    """Keeps each fleet's connections as long as what they are made of stays the same.

    Secrets are read anew each time, so a rotated one is used at once; none of them can be seen in a log.
    """

    def __init__(self, cluster: Cluster, metrics: Metrics, *, allow_file_urls: bool) -> None:
        self._cluster = cluster
        self._metrics = metrics
        self._allow_file_urls = allow_file_urls
        self._mdms: dict[str, tuple[object, NanoHub]] = {}
        self._repositories: dict[str, tuple[object, GitRepository]] = {}
        self._hooks: dict[str, Hook] = {}
        self._push_tokens: dict[str, str] = {}

    async def mdm(self, fleet: Resource) -> NanoHub:
        """The MDM that the spec names. `Rejected` says what is missing."""
        [(backend, options)] = fleet.spec["mdm"].items()
        self._hooks.pop(fleet.key, None)
        secret = await self._secret(fleet, options["secretRef"]["name"])
        if secret.get("webhookToken"):
            hmac_key = secret.get("webhookHMACKey", "")
            self._hooks[fleet.key] = Hook(secret["webhookToken"], hmac_key, BACKENDS[backend].parse)
        return await _kept(
            self._mdms,
            fleet.key,
            (backend, options, secret),
            lambda: BACKENDS[backend].connect(self, fleet, options, secret),
        )

    def hook(self, fleet: Resource) -> Hook | None:
        """How that MDM's events come, by the Secret as `mdm` read it last; None where they shall not."""
        return self._hooks.get(fleet.key)

    async def repository(self, fleet: Resource) -> GitRepository:
        """The repository that the spec names. `Rejected` says what is missing."""
        git = fleet.spec["git"]
        self._push_tokens.pop(fleet.key, None)
        secret = await self._secret(fleet, git["secretRef"]["name"]) if "secretRef" in git else {}
        self._push_tokens[fleet.key] = secret.get("pushToken", "")
        signers = await self._signers(fleet, git["verify"]) if "verify" in git else None
        made_of = (git["url"], git["ref"], git["path"], secret, signers)
        return await _kept(self._repositories, fleet.key, made_of, lambda: self._open(git, secret, signers))

    def push_token(self, fleet: Resource) -> str:
        """What lets pushes in, by the Secret as `repository` read it last; empty where they shall not."""
        return self._push_tokens.get(fleet.key, "")

    async def messenger(self, fleet: Resource, receiver: Receiver) -> WebhookMessenger:
        """What takes notifications to a receiver. `Rejected` says what its Secret lacks."""
        secret = await self._secret(fleet, receiver.secret)
        # Who knows the path of its URL can write to people; a receiver may repeat it where it refuses.
        redact.learn(urlsplit(secret.get("url", "")).path)
        return connect_receiver(receiver.type, receiver.secret, secret)

    async def forget(self, fleet: str) -> None:
        """Close what this fleet was connected to."""
        self._hooks.pop(fleet, None)
        self._push_tokens.pop(fleet, None)
        for kept in (self._mdms, self._repositories):
            if fleet in kept:
                _, connection = kept.pop(fleet)
                await connection.close()

    async def close(self) -> None:
        """Close everything."""
        for fleet in {*self._mdms, *self._repositories}:
            await self.forget(fleet)

    def nanohub(self, fleet: Resource, options: Mapping[str, Any], secret: Mapping[str, str]) -> NanoHub:
        """A NanoHUB with the API key of the Secret."""
        if not secret.get("apiKey"):
            raise Rejected(f"Secret {options['secretRef']['name']} has no entry apiKey")
        return connect(
            options["url"],
            secret["apiKey"],
            secret.get("ca.crt", ""),
            fleet.key,
            lambda code, seconds: self._metrics.request(fleet.key, code, seconds),
        )

    def _open(
        self, git: Mapping[str, Any], secret: Mapping[str, str], signers: Signers | None
    ) -> GitRepository:
        credentials = Credentials(**{field: secret.get(entry, "") for entry, field in GIT_ENTRIES.items()})
        origin = Origin(git["url"], parse_ref(git["ref"]), git["path"], credentials, signers)
        return GitRepository(origin, allow_file=self._allow_file_urls)

    async def _signers(self, fleet: Resource, verify: Mapping[str, Any]) -> Signers:
        """Public keys, which are no secret: they may be seen."""
        name = verify["secretRef"]["name"]
        return read_signers(name, await self._cluster.secret(fleet.namespace, name))

    async def _secret(self, fleet: Resource, name: str) -> Mapping[str, str]:
        secret = await self._cluster.secret(fleet.namespace, name)
        for entry, value in secret.items():
            if entry not in PUBLIC:
                # Line by line, too: a program that complains of a key shows one of its lines.
                redact.learn(value, *value.splitlines())
        return secret


#: What `Credentials` are made of, by the entries of the Secret of `spec.git`.
GIT_ENTRIES = {
    "username": "username",
    "password": "password",
    "bearerToken": "bearer",
    "ca.crt": "ca_pem",
    "identity": "identity",
    "known_hosts": "known_hosts",
}

#: Entries that are no secret, and stand in messages.
PUBLIC = ("ca.crt", "known_hosts")


class Backend(NamedTuple):
    """A kind of MDM: how a fleet connects to one, and how the messages of its webhook are read."""

    connect: Callable[[Connections, Resource, Mapping[str, Any], Mapping[str, str]], NanoHub]
    parse: Callable[[bytes, datetime], Heard]


#: The keys of `spec.mdm`.
BACKENDS: Mapping[str, Backend] = {"nanohub": Backend(Connections.nanohub, parse_event)}


class _Closable(Protocol):
    async def close(self) -> None: ...


_Connection = TypeVar("_Connection", bound=_Closable)


async def _kept(
    kept: dict[str, tuple[object, _Connection]],
    key: str,
    made_of: object,
    make: Callable[[], _Connection],
) -> _Connection:
    """The connection made of just this; another one is closed first."""
    if key in kept:
        before, connection = kept[key]
        if before == made_of:
            return connection
        del kept[key]
        await connection.close()
    connection = make()
    kept[key] = (made_of, connection)
    return connection
