"""The real NanoHUB on loopback."""

import secrets
from pathlib import Path
from typing import Self

import httpx

from tests.lab import parts
from tests.lab.apns import Apns
from tests.lab.pki import Authority, push_certificate
from tests.lab.processes import Process, free_port
from tests.lab.protocol import TOPIC


class NanoHub:
    """One NanoHUB. With the storage `inmem` a restart forgets everything, with `file` nothing.

    With *apns* it can push; without, every attempt fails. It tells *webhook_url* what it hears; a new one
    holds from the next start on.
    """

    def __init__(
        self,
        folder: Path,
        authority: Authority,
        *,
        storage: str = "inmem",
        webhook_url: str = "",
        apns: Apns | None = None,
    ) -> None:
        self.api_key = secrets.token_hex(16)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.webhook_url = webhook_url
        self._folder = folder
        self.storage = storage
        self._apns = apns
        self._certificate = push_certificate(TOPIC) if apns else b""
        self._ca = folder / "devices-ca.pem"
        self._ca.write_text(authority.pem)
        self._process: Process | None = None

    def start(self) -> Self:
        """Start it; returns once it answers."""
        environment = {"NANOHUB_API_KEY": self.api_key, **(self._apns.environment if self._apns else {})}
        self._process = Process(self._command(), self._folder / "nanohub.log", environment)
        self._process.wait_until(self._answers)
        if self._apns:
            with self.client() as client:
                client.put("/nanomdm/pushcert", content=self._certificate).raise_for_status()
        return self

    def stop(self) -> None:
        """End it at once, as a crash would."""
        if self._process:
            self._process.kill()

    def restart(self) -> None:
        """End it and start it again at the same address."""
        self.stop()
        self.start()

    def client(self) -> httpx.Client:
        """A client of its API, with credentials."""
        return httpx.Client(base_url=f"{self.url}/api/v1", auth=("nanohub", self.api_key), timeout=30)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _command(self) -> list[str | Path]:
        command: list[str | Path] = [parts.path_of("nanohub"), "-listen", f"127.0.0.1:{self.port}"]
        command += ["-ca", self._ca, "-cert-header", "Client-Cert", "-storage", self.storage]
        if self.storage == "file":
            command += ["-storage-dsn", self._folder / "db"]
        if self.webhook_url:
            command += ["-webhook-url", self.webhook_url]
        return command

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/version", timeout=1).is_success
        except httpx.TransportError:
            return False
