"""NanoHUB's API in memory, as an httpx transport: what it answers, and what it gets wrong."""

import asyncio
import base64
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any

import httpx

from tests.lab.fake_store import SECTIONS, Store, StoredReport

Query = httpx.QueryParams
Handler = Callable[["FakeNanoHub", str, httpx.Request], httpx.Response]

NO_CERTIFICATE = 'retrieving push cert for topic "com.apple.mgmt.External.lab": key not found'


class FakeNanoHub:
    """One server. Its state may be looked at and changed; its faults are switched on and off.

    *down*: nobody answers. *pushes*: there is a push certificate. *slow*: a notify takes longer than anybody
    waits. *locks_up*: two writes of one key at a time lock that key up for good. *locked* are keys that hang.
    """

    def __init__(self, *, locks_up: bool = False) -> None:
        self.api_key = secrets.token_hex(8)
        self.url = "http://mdm.test"
        self.store = Store()
        self.requests: Counter[str] = Counter()
        self.pushed: Counter[str] = Counter()
        self.down = False
        self.pushes = False
        self.slow = False
        self.locks_up = locks_up
        self.locked: set[str] = set()
        self._writing: set[str] = set()

    def transport(self) -> httpx.AsyncBaseTransport:
        """Where the requests of a client go."""
        return httpx.MockTransport(self._answer)

    def restart(self) -> None:
        """All is lost, locks included; the credentials are the same."""
        self.store = Store()
        self.locked, self._writing = set(), set()

    def report(self, enrollment: str, body: bytes, at: int) -> str:
        """A device sends a status report, so many seconds after 1970; its id."""
        reports = self.store.reports.setdefault(enrollment, [])
        reports.append(StoredReport(secrets.token_hex(8), body, at))
        return reports[-1].id

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        self.requests[f"{request.method} {request.url.path}"] += 1
        expected = base64.b64encode(f"nanohub:{self.api_key}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {expected}":
            return httpx.Response(401, text="Unauthorized", headers={"WWW-Authenticate": "Basic"})
        return await self._route(request)

    async def _route(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0].removeprefix("/api/v1")
        for pattern, handlers in _ROUTES.items():
            if found := re.fullmatch(pattern, path):
                name = (found.groups() or ("",))[0]
                handler = handlers.get(request.method)
                if handler is None:
                    return httpx.Response(405, text="Method Not Allowed")
                return await self._locking(request, lambda: handler(self, name, request))
        return httpx.Response(404, text="404 page not found")

    async def _locking(self, request: httpx.Request, act: Callable[[], httpx.Response]) -> httpx.Response:
        key = _key(request)
        if self.locks_up and request.method in ("PUT", "DELETE"):
            if key in self._writing:
                self.locked.add(key)
            self._writing.add(key)
            for _ in range(3):
                await asyncio.sleep(0)
            self._writing.discard(key)
        if any(locked == key or locked.startswith(f"{key} ") for locked in self.locked):
            raise _hang(request)
        return act()

    def _get_declarations(self, _: str, __: httpx.Request) -> httpx.Response:
        return _list(self.store.declarations)

    def _put_declaration(self, _: str, request: httpx.Request) -> httpx.Response:
        try:
            document = json.loads(request.content)
        except ValueError:
            return _error(400, "invalid character looking for beginning of value")
        if not all(document.get(key) for key in ("Identifier", "Type", "Payload")):
            return _error(400, "invalid declaration")
        changed = self.store.put(request.content.decode(), document)
        if changed and _notifies(request):
            sets = self.store.sets.whose(document["Identifier"])
            self._notify(self.store.whose(sets, ()))
        return _changed(changed)

    def _get_declaration(self, name: str, _: httpx.Request) -> httpx.Response:
        stored = self.store.declarations.get(name)
        if stored is None:
            return _error(404, f"declaration not found: getting dcl.{name}.token: key not found")
        return httpx.Response(200, text=stored.document())

    def _delete_declaration(self, name: str, _: httpx.Request) -> httpx.Response:
        if sets := self.store.sets.whose(name):
            return _error(500, f"txn rolled back: declaration is referenced by {len(sets)} sets")
        return _changed(self.store.declarations.pop(name, None) is not None)

    def _get_set(self, name: str, _: httpx.Request) -> httpx.Response:
        return _list(self.store.sets.of(name))

    def _change_set(self, name: str, request: httpx.Request) -> httpx.Response:
        declaration = request.url.params.get("declaration", "")
        if not declaration:
            return _error(500, "empty declaration")
        if request.method == "DELETE":
            changed = self.store.sets.remove(name, declaration)
        elif declaration in self.store.declarations:
            changed = self.store.sets.add(name, declaration)
        else:
            return _error(500, "declaration not found")
        return self._told(changed, request, self.store.whose([name], ()))

    def _get_memberships(self, enrollment: str, _: httpx.Request) -> httpx.Response:
        return _list(self.store.memberships.of(enrollment))

    def _change_membership(self, enrollment: str, request: httpx.Request) -> httpx.Response:
        name = request.url.params.get("set", "")
        if not name:
            return _error(500, "empty set name")
        change = self.store.memberships.add if request.method == "PUT" else self.store.memberships.remove
        return self._told(change(enrollment, name), request, [enrollment])

    def _post_notify(self, _: str, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        failure = self._notify(self.store.whose(query.get_list("set"), query.get_list("id")))
        if self.slow:
            raise _hang(request)
        return _error(500, failure) if failure else httpx.Response(204)

    def _get_push(self, ids: str, _: httpx.Request) -> httpx.Response:
        if not self.pushes:
            return httpx.Response(500, json={"push_error": NO_CERTIFICATE})
        self.pushed.update(ids.split(","))
        return httpx.Response(200, json={"status": {e: {"push_result": e} for e in ids.split(",")}})

    def _get_report(self, enrollment: str, request: httpx.Request) -> httpx.Response:
        reports, index = self.store.reports.get(enrollment, []), int(request.url.params["index"])
        if not reports:
            return _error(500, f"getting rs.{enrollment}.0.raw: key not found: rs.{enrollment}.0.raw")
        if index >= len(reports):
            return _error(500, f"index out of range: too high ({index})")
        found = reports[-1 - index]
        headers = {
            "Last-Modified": formatdate(found.at, usegmt=True),
            "X-Status-Report-Id": found.id,
            "X-Status-Report-Index": str(len(reports) - 1 - index),
        }
        return httpx.Response(200, content=found.body, headers=headers)

    def _get_items(self, _: str, request: httpx.Request) -> httpx.Response:
        held = self.store.held(request.headers["X-Enrollment-ID"])
        if held is None:
            return _error(500, "declaration not found")
        sections: dict[str, list[dict[str, str]]] = {section: [] for section in SECTIONS.values()}
        for stored in held:
            for beginning, section in SECTIONS.items():
                if stored.type.startswith(beginning):
                    entry = {"Identifier": stored.identifier, "ServerToken": stored.token}
                    sections[section].append(entry)
        token = "".join(stored.token for stored in held)[:16]
        return httpx.Response(200, json={"Declarations": sections, "DeclarationsToken": token})

    def _told(self, changed: bool, request: httpx.Request, enrollments: Iterable[str]) -> httpx.Response:
        """The answer to a change: 500 where the notify failed, though the change is made."""
        failure = self._notify(enrollments) if changed and _notifies(request) else ""
        return _error(500, failure) if failure else _changed(changed)

    def _notify(self, enrollments: Iterable[str]) -> str:
        """Queue a command for each; why the pushes failed."""
        named = list(enrollments)
        self.store.queues.update(named)
        if self.pushes or not named:
            self.pushed.update(named)
            return ""
        return f"enqueueing DM command: push error: {NO_CERTIFICATE}"


def _key(request: httpx.Request) -> str:
    """What the storage locks for a write: the declaration, the declaration of a set, the set of a device."""
    query = request.url.params
    of = query.get("set") or query.get("declaration") or ""
    path = request.url.path.removeprefix("/api/v1/ddm/")
    if path == "declarations" and request.method == "PUT":
        path = f"declarations/{json.loads(request.content)['Identifier']}"
    return f"{path} {of}".strip()


def _hang(request: httpx.Request) -> httpx.ReadTimeout:
    """What a client with a time limit sees of a server that never answers."""
    assert request.extensions["timeout"]["read"], "this request would hang for ever"
    return httpx.ReadTimeout("", request=request)


def _notifies(request: httpx.Request) -> bool:
    return request.url.params.get("nonotify", "") in ("", "0", "false", "no", "off")


def _changed(changed: bool) -> httpx.Response:
    return httpx.Response(204 if changed else 304)


def _list(names: Iterable[str]) -> httpx.Response:
    return httpx.Response(200, json=sorted(names, key=lambda _: secrets.randbits(16)) or None)


def _error(code: int, message: str) -> httpx.Response:
    return httpx.Response(code, json={"error": message})


_ID = r"([^/]+)"
_ROUTES: dict[str, dict[str, Handler]] = {
    "/ddm/declarations": {
        "GET": FakeNanoHub._get_declarations,
        "PUT": FakeNanoHub._put_declaration,
    },
    f"/ddm/declarations/{_ID}": {
        "GET": FakeNanoHub._get_declaration,
        "DELETE": FakeNanoHub._delete_declaration,
    },
}
