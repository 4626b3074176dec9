"""The contract of an MDM adapter, with the real NanoHUB."""

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from controller.adapters.nanohub import NanoHub
from tests.contracts.cycles import A, B
from tests.contracts.mdm import MdmContract
from tests.contracts.nanohub import NanoHubServer
from tests.lab import protocol
from tests.lab.nanohub import NanoHub as RealNanoHub
from tests.lab.pki import Authority


class RealServer(NanoHubServer):
    """The real one, and two devices that speak the MDM protocol to it."""

    def __init__(self, real: RealNanoHub, authority: Authority) -> None:
        super().__init__(real.url, real.api_key)
        self._real = real
        self._certificates = {enrollment: authority.identity(enrollment) for enrollment in (A, B)}

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.AsyncHTTPTransport(verify=False)  # it speaks plain HTTP, and contexts are slow to make

    async def enroll(self, enrollment: str) -> None:
        await self._send(enrollment, protocol.authenticate(enrollment, {}))
        await self._send(enrollment, protocol.token_update(enrollment))

    async def visit(self, enrollment: str) -> int:
        given = 0
        answer = await self._send(enrollment, protocol.idle(enrollment))
        while command := protocol.read_command(answer):
            given += 1
            answer = await self._send(enrollment, protocol.acknowledged(enrollment, command))
        return given

    async def report(self, enrollment: str, document: Any) -> None:
        await self._send(enrollment, protocol.declarative(enrollment, "status", document))

    def stop(self) -> None:
        self._real.stop()

    def start(self) -> None:
        self._real.start()

    async def _send(self, enrollment: str, message: protocol.Message) -> bytes:
        certificate = base64.b64encode(self._certificates[enrollment]).decode()
        headers = {"Client-Cert": f":{certificate}:", "Content-Type": message.content_type}
        async with httpx.AsyncClient(transport=self.transport(), timeout=20) as http:
            answer = await http.put(f"{self._real.url}/mdm", content=message.body, headers=headers)
            return answer.raise_for_status().content


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNanoHub]:
    real = RealNanoHub(tmp_path_factory.mktemp("nanohub"), AUTHORITY)
    yield real
    real.stop()


AUTHORITY = Authority()


@pytest.fixture
async def server(real: RealNanoHub) -> AsyncIterator[RealServer]:
    """One that was just started, and holds nothing."""
    real.restart()
    server = RealServer(real, AUTHORITY)
    for enrollment in (A, B):
        await server.enroll(enrollment)
    yield server
    await server.close()


@pytest.fixture
def mdm(server: RealServer) -> NanoHub:
    return server.connect()


class TestContract(MdmContract):
    """NanoHUB v0.2.0, storage inmem."""
