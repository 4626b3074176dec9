"""What the fake NanoHUB answers to each request of its API."""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from email.utils import formatdate

import httpx

from tests.lab.fake_store import SECTIONS, Store

NO_CERTIFICATE = 'retrieving push cert for topic "com.apple.mgmt.External.lab": key not found'


class FakeApi:
    """*pushes*: there is a push certificate. *slow*: a notify takes longer than anybody waits.

    Pushes to those who are *unreachable* fail one by one.
    """

    def __init__(self) -> None:
        self.store = Store()
        self.pushed: Counter[str] = Counter()
        self.pushes = False
        self.slow = False
        self.unreachable: set[str] = set()

    def get_declarations(self, _: str, __: httpx.Request) -> httpx.Response:
        return _list(self.store.declarations)

    def put_declaration(self, _: str, request: httpx.Request) -> httpx.Response:
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

    def get_declaration(self, name: str, _: httpx.Request) -> httpx.Response:
        stored = self.store.declarations.get(name)
        if stored is None:
            return _error(404, f"declaration not found: getting dcl.{name}.token: key not found")
        return httpx.Response(200, text=stored.document())

    def delete_declaration(self, name: str, _: httpx.Request) -> httpx.Response:
        if sets := self.store.sets.whose(name):
            return _error(500, f"txn rolled back: declaration is referenced by {len(sets)} sets")
        return _changed(self.store.declarations.pop(name, None) is not None)

    def get_sets(self, _: str, __: httpx.Request) -> httpx.Response:
        return _list({key.partition(".")[0] for key in self.store.sets.keys})

    def get_set(self, name: str, _: httpx.Request) -> httpx.Response:
        return _list(self.store.sets.of(name))

    def change_set(self, name: str, request: httpx.Request) -> httpx.Response:
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

    def get_memberships(self, enrollment: str, _: httpx.Request) -> httpx.Response:
        return _list(self.store.memberships.of(enrollment))

    def change_membership(self, enrollment: str, request: httpx.Request) -> httpx.Response:
        name = request.url.params.get("set", "")
        if not name:
            return _error(500, "empty set name")
        change = self.store.memberships.add if request.method == "PUT" else self.store.memberships.remove
        return self._told(change(enrollment, name), request, [enrollment])

    def post_notify(self, _: str, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        failure = self._notify(self.store.whose(query.get_list("set"), query.get_list("id")))
        if self.slow:
            raise hang(request)
        return _error(500, failure) if failure else httpx.Response(204)

    def get_push(self, ids: str, _: httpx.Request) -> httpx.Response:
        if not self.pushes:
            return httpx.Response(500, json={"push_error": NO_CERTIFICATE})
        named = ids.split(",")
        failed = {e: {"push_error": "push HTTP status: 410"} for e in named if e in self.unreachable}
        self.pushed.update(e for e in named if e not in failed)
        status = {e: failed.get(e, {"push_result": "1"}) for e in named}
        code = 200 if not failed else 500 if len(failed) == len(named) else 207
        return httpx.Response(code, json={"status": status})

    def get_report(self, enrollment: str, request: httpx.Request) -> httpx.Response:
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

    def get_items(self, _: str, request: httpx.Request) -> httpx.Response:
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
        if not self.pushes and named:
            return f"enqueueing DM command: push error: {NO_CERTIFICATE}"
        failed = self.unreachable.intersection(named)
        self.pushed.update(e for e in named if e not in failed)
        errors = [f"last error for {e}: push error: push HTTP status: 410" for e in failed]
        return f"enqueueing DM command: status errors ({len(errors)}): {errors[0]}" if errors else ""


def hang(request: httpx.Request) -> httpx.ReadTimeout:
    """What a client with a time limit sees of a server that never answers."""
    assert request.extensions["timeout"]["read"], "this request would hang for ever"
    return httpx.ReadTimeout("", request=request)


def _notifies(request: httpx.Request) -> bool:
    return request.url.params.get("nonotify", "") in ("", "0", "false", "no", "off")


def _changed(changed: bool) -> httpx.Response:
    return httpx.Response(204 if changed else 304)


def _list(names: Iterable[str]) -> httpx.Response:
    shuffled = sorted(names, key=lambda _: secrets.randbits(16))
    return httpx.Response(200, text=json.dumps(shuffled or None))


def _error(code: int, message: str) -> httpx.Response:
    return httpx.Response(code, json={"error": message})


_ID = "([^/]+)"

#: What answers to which method, by the path.
ROUTES: dict[str, dict[str, Callable[[FakeApi, str, httpx.Request], httpx.Response]]] = {
    "/ddm/declarations": {"GET": FakeApi.get_declarations, "PUT": FakeApi.put_declaration},
    f"/ddm/declarations/{_ID}": {"GET": FakeApi.get_declaration, "DELETE": FakeApi.delete_declaration},
    "/ddm/sets": {"GET": FakeApi.get_sets},
    f"/ddm/set-declarations/{_ID}": {
        "GET": FakeApi.get_set,
        "PUT": FakeApi.change_set,
        "DELETE": FakeApi.change_set,
    },
    f"/ddm/enrollment-sets/{_ID}": {
        "GET": FakeApi.get_memberships,
        "PUT": FakeApi.change_membership,
        "DELETE": FakeApi.change_membership,
    },
    "/ddm/notify": {"POST": FakeApi.post_notify},
    f"/nanomdm/push/{_ID}": {"GET": FakeApi.get_push},
    f"/ddm/status-report/{_ID}": {"GET": FakeApi.get_report},
    "/ddm/declaration-items": {"GET": FakeApi.get_items},
    f"/ddm/declaration/configuration/{_ID}": {"GET": FakeApi.get_declaration},
    f"/ddm/declaration/activation/{_ID}": {"GET": FakeApi.get_declaration},
}
