"""What the API server's answers mean."""

import asyncio
import gc
import threading
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from controller.adapters.kube.access import Access
from controller.adapters.kube.client import Client, Conflict, Gone, NotFound, Refused, refusal
from controller.adapters.kube.problems import problems
from controller.adapters.kube.wire import Cause, Details, Status
from controller.objects import Manifest
from controller.ports import Rejected, Unauthorized, Unavailable
from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.pki import Authority

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    async with TestServer(app) as server:
        client = Client(Access(str(server.make_url("")).rstrip("/"), "default", lambda: "Bearer t"))
        yield client
        await client.close()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (401, Unauthorized),
        (403, Refused),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (422, Refused),
        (429, Unavailable),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_each_answer_is_one_of_two_errors(code: int, error: type[Exception]) -> None:
    refused = refusal(code, b'{"kind": "Status", "message": "because"}')

    assert type(refused) is error
    assert "because" in str(refused)


def test_an_answer_that_is_no_status_has_a_message() -> None:
    assert str(refusal(403, b"<html>")) == "HTTP 403"


def test_a_type_error_of_server_side_apply_is_about_the_manifest() -> None:
    body = b'{"message": "failed to create typed patch object (a/b; Kind=Device): .spec.a: b"}'

    assert isinstance(refusal(500, body), Refused)


async def test_the_server_says_how_long_to_stay_away() -> None:
    async def busy(_: web.Request) -> web.Response:
        return web.json_response({}, status=429, headers={"Retry-After": "7"})

    async with answering(busy) as client:
        with pytest.raises(Unavailable) as refused:
            await client.get("/x")

    assert refused.value.wait == 7


async def test_the_credentials_are_in_the_header() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(text=request.headers["Authorization"])

    async with answering(echo) as client:
        assert await client.get("/x") == b"Bearer t"


async def test_a_redirect_is_not_followed() -> None:
    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://evil.example"})

    async with answering(elsewhere) as client:
        with pytest.raises(Rejected):
            await client.get("/x")


async def test_a_silent_stream_is_given_up() -> None:
    over = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await over.wait()
        return response

    chunks: list[bytes] = []
    async with answering(silent) as client:
        with pytest.raises(Unavailable):
            await _collect(client, chunks)
        over.set()

    assert chunks == [b"first"]


async def _collect(client: Client, chunks: list[bytes]) -> None:
    async with client.stream("/x", {}, idle=0.1) as stream:
        async for chunk in stream:
            chunks.append(chunk)  # noqa: PERF401 (what came before the failure counts)


class Deaf(LoopbackServer):
    """Begins each answer, and neither goes on nor reads what is said until it is *over*."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        super().__init__(Began)
        self.over = threading.Event()
        self.socket = authority.server(folder).wrap_socket(self.socket, server_side=True)


class Began(LoopbackRequest):
    server: Deaf

    def answer(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.server.over.wait()


def test_a_stream_that_is_left_leaves_no_connection_open(tmp_path: Path) -> None:
    authority, ca_file = Authority(), tmp_path / "ca.pem"
    ca_file.write_text(authority.pem)

    async def leave(url: str) -> None:
        client = Client(Access(url, "default", lambda: "Bearer t", str(ca_file)))
        async with client.stream("/x", {}, idle=30):
            pass
        await client.close()

    with Deaf(tmp_path, authority) as server, warnings.catch_warnings(record=True) as unclosed:
        warnings.simplefilter("always")
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        asyncio.run(leave(f"https://127.0.0.1:{server.server_port}"))
        gc.collect()
        server.over.set()
        server.shutdown()

    assert [str(warning.message) for warning in unclosed] == []


MANIFEST = Manifest("UpdatePolicy", "macs", {}, "macs.yaml", 3, {"spec.skip": 8, "spec.skip[1].version": 12})


def refused(code: int, message: str = "", *causes: Cause) -> Refused:
    return Refused(Status(code, message, Details(list(causes))))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("spec.skip[1].version", 12),
        ("spec.skip[0].version", 8),
        ("spec.skip[1]", 8),
        ("spec.target", 3),
        ("metadata.labels", 3),
    ],
)
def test_a_problem_stands_where_its_nearest_parent_does(path: str, line: int) -> None:
    [problem] = problems(MANIFEST, refused(422, "", Cause("no", path)))

    assert (problem.file, problem.line, problem.path, problem.message) == ("macs.yaml", line, path, "no")


def test_what_only_says_that_more_was_not_checked_is_left_out() -> None:
    found = problems(MANIFEST, refused(422, "", Cause("no", "spec.a"), Cause("not checked", "<nil>")))

    assert [problem.path for problem in found] == ["spec.a"]


def test_unknown_fields_of_the_strict_decoder_are_named() -> None:
    message = 'strict decoding error: unknown field "spec.typo", duplicate field "spec.skip[0].version"'

    assert [(p.path, p.line) for p in problems(MANIFEST, refused(400, message))] == [
        ("spec.typo", 3),
        ("spec.skip[0].version", 8),
    ]


def test_a_refusal_without_a_path_is_about_the_whole_document() -> None:
    [problem] = problems(MANIFEST, refused(403, "admission webhook x denied the request: no"))

    assert str(problem) == "macs.yaml:3: admission webhook x denied the request: no"


@pytest.mark.parametrize("code", [403, 404, 409])
def test_a_refusal_that_is_not_about_the_manifest_is_no_problem(code: int) -> None:
    with pytest.raises(Refused):
        problems(MANIFEST, refused(code, "User cannot patch resource"))
