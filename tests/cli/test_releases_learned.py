"""`pomona releases` in a cluster: what its operator has learned."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from controller.adapters.lookup import parse_reading
from controller.domain.catalog import Catalog
from controller.knowledge import Knowledge, to_entries
from controller.subjects import CATALOG
from tests.cli.calling import call
from tests.lab.loopback import LoopbackRequest, LoopbackServer
from tests.lab.readings import WORLD

TODAY = date(2025, 12, 20)
NOTE = "/api/v1/namespaces/pomona-system/configmaps/pomona-catalog"


class Notes(LoopbackServer):
    """A cluster that holds these ConfigMaps, by path, and nothing else."""

    def __init__(self, notes: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(Answer)
        self.notes = notes


class Answer(LoopbackRequest):
    server: Notes

    def answer(self) -> None:
        entries = self.server.notes.get(self.path)
        body = json.dumps({"data": entries}).encode()
        self.respond(404 if entries is None else 200, {"Content-Type": "application/json"}, body)


@contextmanager
def a_cluster(folder: Path, notes: Mapping[str, Mapping[str, str]]) -> Iterator[Path]:
    """The kubeconfig of a cluster with these ConfigMaps."""
    with Notes(notes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cluster = {"server": f"http://127.0.0.1:{server.server_port}"}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "acme",
            "contexts": [{"name": "acme", "context": {"cluster": "acme", "user": "me"}}],
            "clusters": [{"name": "acme", "cluster": cluster}],
            "users": [{"name": "me", "user": {}}],
        }
        file = folder / "kubeconfig"
        file.write_text(json.dumps(config))
        yield file
        server.shutdown()


def test_the_operators_catalog(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    catalog = Catalog().learn(parse_reading(WORLD.answer(TODAY)), TODAY)
    knowledge = Knowledge(CATALOG.words, catalog, datetime(2025, 12, 20, tzinfo=UTC))
    with a_cluster(tmp_path, {NOTE: to_entries(CATALOG, knowledge)}) as kubeconfig:
        runs = ("--model", "J314sAP", "--installed", "26.1", "--kubeconfig", kubeconfig)
        done = call(capsys, "releases", *runs, "-o", "json")
    assert (done.code, done.err) == (0, "")
    answer = json.loads(done.out)
    assert (answer["reason"], answer["latest"]["version"]) == ("Enforced", "26.2")


def test_no_catalog_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with a_cluster(tmp_path, {}) as kubeconfig:
        done = call(capsys, "releases", "--model", "J314sAP", "--kubeconfig", kubeconfig)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert "there is no readable ConfigMap pomona-catalog in pomona-system" in done.err
