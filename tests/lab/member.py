"""One simulated device that talks to a real NanoHUB."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import httpx

from tests.lab import protocol
from tests.lab.channel import Channel
from tests.lab.device import Device, Phase
from tests.lab.installing import advance, wake
from tests.lab.lifecycle import sync
from tests.lab.protocol import Command, Declaration, Key, Message
from tests.lab.status import report

#: The bootstrap token of every Mac.
TOKEN = b"a secret of the lab"


class Refused(Exception):
    """The MDM answered with an error."""


class Connection:
    """How one device reaches the MDM: by its certificate."""

    def __init__(self, http: httpx.AsyncClient, certificate: bytes) -> None:
        self._http = http
        self._header = {"Client-Cert": f":{base64.b64encode(certificate).decode()}:"}

    async def send(self, message: Message) -> bytes:
        """What the MDM answers; `Refused` when that is an error."""
        headers = {**self._header, "Content-Type": message.content_type}
        answer = await self._http.put("/mdm", content=message.body, headers=headers)
        if not answer.is_success:
            raise Refused(f"{answer.status_code} {answer.text.strip()}")
        return answer.content


class Member:
    """A device and its connection, and what it has to remember between two visits to the server.

    It asks for commands when it was pushed, and *patience* after it last asked; None is in every step.
    """

    def __init__(
        self, device: Device, enrollment: str, connection: Connection, patience: timedelta | None
    ) -> None:
        self.device = device
        self.channel = Channel(enrollment, device.profile.user_enrolled)
        #: It was pushed, and has not asked for commands yet.
        self.was_pushed = False
        self._connection = connection
        self._patience = patience
        self._asked_at: datetime | None = None
        #: It was told that declarations changed, and has not taken them over yet.
        self._is_behind = False
        #: The declarations' token that a command brought, empty when it did not; and the one it has.
        self._announced = self._token = ""
        self._deferrals = 0
        #: Commands wait that it put off.
        self._has_deferred = False
        self._was_silent = False

    async def enroll(self) -> None:
        """Begin, and end, an enrollment."""
        device, profile = self.device, self.device.profile
        facts = {
            "SerialNumber": profile.serial,
            "OSVersion": device.version,
            "BuildVersion": device.build,
            "ProductName": profile.model_identifier,
            "Model": profile.model_identifier,
            "DeviceName": profile.name,
        }
        if profile.user_enrolled:
            del facts["SerialNumber"]
        await self.send(protocol.authenticate(self.channel, facts))
        await self.send(protocol.token_update(self.channel))
        if profile.family == "macOS" and device.escrowed:
            await self.escrow(TOKEN)

    async def escrow(self, token: bytes) -> None:
        """Give the MDM the bootstrap token; an empty one takes it back."""
        await self.send(protocol.bootstrap_token(self.channel, token))
        self.device = replace(self.device, escrowed=bool(token))

    async def sign_in(self, user_name: str) -> str:
        """A user of the device enrolls, too; how NanoHUB calls that."""
        user_id = str(uuid.uuid5(uuid.NAMESPACE_DNS, user_name)).upper()
        user = replace(self.channel, user_id=user_id, user_name=user_name)
        await self.send(protocol.token_update(user))
        return user.enrollment

    async def check_out(self) -> None:
        """Leave management."""
        await self.send(protocol.check_out(self.channel))

    async def visit(self, offered: Mapping[str, str], now: datetime) -> None:
        """One step: take what changed, where it asks for that; go one state further; report."""
        was_silent, self._was_silent = self._was_silent, self._is_silent(now)
        if self._was_silent:
            return
        if was_silent:
            self.device = wake(self.device, now)
        if self.device.phase is not Phase.RESTARTING:
            await self._listen(now)
        await self._advance(offered, now)
        await self._report(now)

    async def send(self, message: Message) -> bytes:
        """What the MDM answers to this."""
        return await self._connection.send(message)

    def _is_silent(self, now: datetime) -> bool:
        """Is it switched off?"""
        silent_after = self.device.profile.behaviour.silent_after
        return silent_after is not None and now >= silent_after

    async def _listen(self, now: datetime) -> None:
        if self._asks(now):
            # A push that comes while it asks is for the next time.
            self.was_pushed = False
            try:
                await self._poll(now)
            except (httpx.TransportError, Refused):
                self.was_pushed = True
                raise
            self._asked_at = now
        if self._is_behind:
            await self._sync(now)

    def _asks(self, now: datetime) -> bool:
        if self._patience is None or self._asked_at is None or self.was_pushed:
            return True
        return now >= self._asked_at + self._patience or (self._has_deferred and not self._is_away(now))

    def _is_away(self, now: datetime) -> bool:
        """Does it put off whatever comes?"""
        until = self.device.profile.behaviour.not_now_until
        return until is not None and now < until

    async def _poll(self, now: datetime) -> None:
        """Answer the commands that wait; who behaves so puts some off."""
        self._has_deferred = False
        answer = await self.send(protocol.idle(self.channel))
        while command := protocol.read_command(answer):
            answer = await self.send(self._answer(command, now))

    def _answer(self, command: Command, now: datetime) -> Message:
        behaviour = self.device.profile.behaviour
        if self._is_away(now) or self._deferrals < behaviour.not_now:
            self._deferrals += not self._is_away(now)
            self._has_deferred = True
            return protocol.not_now(self.channel, command)
        if command.request_type == "DeclarativeManagement" and not behaviour.deaf:
            self._is_behind, self._announced = True, command.token
        return protocol.acknowledged(self.channel, command)

    async def _sync(self, now: datetime) -> None:
        """Take over what the server has, unless the token says that nothing changed."""
        token = self._announced or protocol.read_token(await self._ask("tokens"))
        if token != self._token:
            self._token = await self._take_over(now)
        self._is_behind = False

    async def _take_over(self, now: datetime) -> str:
        """Fetch what is new or changed, keep the others, drop what vanished.

        Returns the token of what it took: the server may have moved on since it announced another.
        """
        manifest, token = protocol.read_manifest(await self._ask("declaration-items"))
        held = self.device.held
        declarations: dict[Key, Declaration] = {}
        for key, version in sorted(manifest.items()):
            if key in held and held[key].token == version:
                declarations[key] = held[key]
            else:
                declarations[key] = protocol.read_declaration(key, await self._ask(key.endpoint))
        self.device = sync(self.device, declarations, now)
        return token

    async def _advance(self, offered: Mapping[str, str], now: datetime) -> None:
        """One state further; a Mac that begins to install asks the MDM for its bootstrap token."""
        before, self.device = self.device.phase, advance(self.device, offered, now)
        begins = self.device.phase is Phase.INSTALLING and before is not Phase.INSTALLING
        if begins and self.device.profile.family == "macOS":
            answer = await self.send(protocol.get_bootstrap_token(self.channel))
            self.device = replace(self.device, escrowed=bool(protocol.read_bootstrap_token(answer)))

    async def _report(self, now: datetime) -> None:
        after, document = report(self.device, now)
        if document is not None:
            message = protocol.declarative(self.channel, "status", document)
            for _ in range(2 if self.device.profile.behaviour.repeats_reports else 1):
                await self.send(message)
        self.device = after

    async def _ask(self, endpoint: str) -> bytes:
        return await self.send(protocol.declarative(self.channel, endpoint))
