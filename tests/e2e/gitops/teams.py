"""What a platform team does with its repository and its Fleet, and what it looks at then."""

import json
from collections.abc import Mapping
from typing import Any

from tests.e2e.days.story import Story, a_device, a_policy, mac
from tests.lab.lab import TENANT

TOKEN = "push-token-of-acme"

#: Nobody asks the repository by itself while a story lasts.
RARELY = {"interval": "24h", "secretRef": {"name": "git"}}

FILES = {"policy.yaml": a_policy(), "one.yaml": a_device(mac(1)), "two.yaml": a_device(mac(2))}


class Team:
    """The people of one story. Its Fleet is suspended: nothing here is about devices."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._asked = 0

    async def begin(self, **git: Any) -> None:
        """One policy and two Devices in Git, the operator started, everything applied."""
        self.set_token(TOKEN)
        commit = self.story.commit(FILES)
        self.make_fleet(**git)
        self.story.lab.start_operator()
        await self.until_applied(commit)

    def make_fleet(self, **git: Any) -> None:
        """Make the Fleet, or change where its repository is read."""
        known = {"url": self.story.lab.repository.url, "ref": {"branch": "main"}, "path": "policies"}
        self.story.lab.make_fleet(suspend=True, git=known | RARELY | git)

    def set_token(self, token: str) -> None:
        """Let the Secret of the repository hold this token; none where it is empty."""
        entries = {"pushToken": token} if token else {"username": "it"}
        secret = {"apiVersion": "v1", "kind": "Secret", "data": None, "stringData": entries}
        self.story.lab.cluster.kubectl("delete", "secret", "git", "-n", TENANT, "--ignore-not-found")
        self.story.lab.cluster.apply(secret | {"metadata": {"name": "git", "namespace": TENANT}})

    async def ask_now(self) -> None:
        """Annotate the Fleet, and wait until that was obeyed."""
        self._asked += 1
        now = f"time {self._asked}"
        self.annotate("fleet", TENANT, f"reconcile.pomona.dev/requestedAt={now}")
        await self.story.until(lambda: self.status().get("lastHandledReconcileAt") == now, "it was obeyed")

    def annotate(self, kind: str, name: str, said: str) -> None:
        self.story.lab.cluster.kubectl("annotate", "--overwrite", kind, name, "-n", TENANT, said)

    def patch(self, kind: str, name: str, manager: str, **change: Any) -> None:
        """Somebody edits an object by hand."""
        given = ("--type=merge", f"--field-manager={manager}", "-p", json.dumps(change))
        self.story.lab.cluster.kubectl("patch", kind, name, "-n", TENANT, *given)

    def status(self) -> Mapping[str, Any]:
        return dict(self.story.lab.fleet().get("status", {}))

    def git_synced(self) -> tuple[str, str]:
        found = self.story.lab.condition("GitSynced")
        return found["reason"], found["message"]

    async def until_applied(self, commit: str, branch: str = "main") -> None:
        wanted = f"{branch}@sha1:{commit}"
        await self.story.until(lambda: self.status().get("commit") == wanted, f"{wanted} is applied")
        await self.story.until_condition("GitSynced", "True", "Applied")

    def get(self, kind: str, name: str) -> Any:
        return self.story.lab.cluster.get(kind, name, "-n", TENANT)

    def log(self) -> str:
        return self.story.lab.operators[-1].log.read_text()
