"""A push is applied at once, where nobody would ask for a day."""

import hashlib
import hmac

import httpx

from tests.e2e.days.story import a_policy
from tests.e2e.gitops.teams import TOKEN, Team
from tests.lab.lab import TENANT, Operator

BODY = b'{"ref": "refs/heads/main"}'


def push(operator: Operator, token: str, secret: str = "") -> int:
    """A Git server tells of a push; the status that it is answered with."""
    digest = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={digest}"} if secret else {}
    url = f"http://127.0.0.1:{operator.port}/git/{TENANT}/{TENANT}/{token}"
    return httpx.post(url, content=BODY, headers=headers).status_code


async def test_a_push_is_applied_at_once_and_after_a_restart(team: Team) -> None:
    operator = team.story.lab.operators[-1]
    assert (push(operator, "guessed"), push(operator, TOKEN, "guessed")) == (404, 404)
    commit = team.story.commit({"policy.yaml": a_policy(priority=1)})
    assert push(operator, TOKEN, TOKEN) == 200
    await team.until_applied(commit)

    operator.kill()
    operator = team.story.lab.start_operator()
    await team.story.until(lambda: lets_in(operator, TOKEN), "the token is known again")
    commit = team.story.commit({"policy.yaml": a_policy(priority=2)})
    assert push(operator, TOKEN) == 200
    await team.until_applied(commit)
    assert TOKEN not in "".join(o.log.read_text() for o in team.story.lab.operators)


async def test_another_token_in_the_secret_is_the_one_that_counts(team: Team) -> None:
    operator = team.story.lab.operators[-1]
    team.set_token("another")
    await team.story.until(lambda: lets_in(operator, "another"), "the new token is known")
    assert push(operator, TOKEN) == 404
    team.set_token("")
    await team.story.until(lambda: push(operator, "another") == 404, "no token lets anybody in")


async def test_one_that_stands_by_passes_it_on(team: Team) -> None:
    standby = team.story.lab.start_operator()
    await team.story.until(lambda: lets_in(standby, TOKEN), "it knows who holds the Lease")
    commit = team.story.commit({"policy.yaml": a_policy(priority=1)})
    assert push(standby, TOKEN, TOKEN) == 200
    await team.until_applied(commit)


def lets_in(operator: Operator, token: str) -> bool:
    try:
        return push(operator, token) == 200
    except httpx.TransportError:
        return False
