"""A server of JSON documents on loopback, with a certificate of the lab's authority, and its bad days."""

import ssl
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Generic, Literal, Self, TypeVar, cast, get_args

import httpx

from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.pki import Authority

#: A connection that breaks in the middle of the document; status 503; no answer at all.
BadDay = Literal["half", "error", "hang"]

#: What a server of documents can be told to say on a day that is not bad.
Said = TypeVar("Said")

_JSON = {"Content-Type": "application/json"}


class Documents(Generic[Said]):
    """Serves each path its body by *answer*, which may change at any time, or has a bad day.

    *requests* counts those for the paths. Stopping it lets go of requests that hang. Whoever trusts *ca_file*
    trusts it.
    """

    def __init__(self, folder: Path, authority: Authority, name: str) -> None:
        self.requests = 0
        self.ca_file = folder / f"{name}-ca.pem"
        self.ca_file.write_text(authority.pem)
        self._bodies: Mapping[str, bytes] = {}
        self._bad_day: BadDay | None = None
        self._counting = threading.Lock()
        self._stopping = threading.Event()
        self._server = _Server(self)
        listening = self._server.socket
        self._server.socket = authority.server(folder).wrap_socket(
            listening, server_side=True, do_handshake_on_connect=False
        )

    @property
    def origin(self) -> str:
        """Where it answers, without a path."""
        return f"https://127.0.0.1:{self._server.server_port}"

    @property
    def answer(self) -> Said | BadDay:
        """What it says to whoever asks next."""
        return self._answer

    @answer.setter
    def answer(self, answer: Said | BadDay) -> None:
        self._answer = answer
        if answer in get_args(BadDay):
            self._bad_day = cast("BadDay", answer)
        else:
            self._bad_day, self._bodies = None, self.bodies(cast("Said", answer))

    def bodies(self, answer: Said) -> Mapping[str, bytes]:
        """What each path serves."""
        raise NotImplementedError

    def client(self) -> httpx.AsyncClient:
        """A client that trusts it."""
        trust = ssl.create_default_context(cafile=self.ca_file)
        return httpx.AsyncClient(verify=trust, trust_env=False)

    def start(self) -> Self:
        """Begin to answer."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Answer nobody any more."""
        self._stopping.set()
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def reply(self, request: LoopbackRequest) -> None:
        """Answer one request as the day demands."""
        body = self._bodies.get(request.path.partition("?")[0])
        if body is None:
            request.send_error(HTTPStatus.NOT_FOUND)
            return
        with self._counting:
            self.requests += 1
        match self._bad_day:
            case "hang":
                self._stopping.wait()
            case "error":
                request.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            case "half":
                request.respond(HTTPStatus.OK, _JSON, body[: len(body) // 2], announced=len(body))
            case None:
                request.respond(HTTPStatus.OK, _JSON, body)


class _Server(LoopbackServer):
    def __init__(self, documents: Documents[Any]) -> None:
        super().__init__(_Request)
        self.documents = documents


class _Request(LoopbackRequest):
    server: _Server

    def answer(self) -> None:
        self.server.documents.reply(self)
