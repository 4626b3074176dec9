"""Show: statuses of Device, UpdatePolicy and Fleet, each written only where it differs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from controller.annotations import commits_of
from controller.domain.conditions import Condition, conditions_document
from controller.domain.enforcements import remember
from controller.domain.health import Health, fleet_conditions, policy_conditions
from controller.domain.policies import UpdatePolicy
from controller.domain.status import Outcome, device_status, worth_writing
from controller.domain.summary import fleet_document, policy_document
from controller.patches import merge_patch
from controller.ports import Cluster, Member, Resource
from controller.workers import for_each

#: How many statuses are written at once.
WORKERS = 16


@dataclass
class Display:
    """Writes one fleet's statuses, and remembers which outcome each Device shows."""

    cluster: Cluster
    namespace: str
    _shown: dict[str, tuple[Outcome, bytes]] = field(default_factory=dict)

    async def devices(
        self,
        outcomes: Sequence[Outcome],
        members: Mapping[str, Member],
        commits: Mapping[str, str],
        today: date,
    ) -> int:
        """Show what became of each device that is still there; how many statuses were written.

        *commits* are by policy, as far as Git brought them.
        """
        patches = {}
        for outcome in outcomes:
            name = outcome.decision.device
            if name not in members:
                continue
            status = members[name].status
            if self._shown.get(name) == (outcome, status):
                continue
            before, commit = json.loads(status or b"{}"), commits.get(outcome.decision.policy, "")
            after = device_status(outcome) | remember(before, outcome, commit, today)
            if worth_writing(before, after):
                patches[name] = merge_patch(before, after)
            else:
                self._shown[name] = (outcome, status)

        async def write(name: str) -> None:
            await self.cluster.write_status("Device", self.namespace, name, patches[name])

        await for_each(patches, write, workers=WORKERS)
        return len(patches)

    async def fleet(
        self,
        mine: Resource,
        policies: Sequence[tuple[Resource, UpdatePolicy]],
        health: Health,
        handled: Mapping[str, str],
        now: datetime,
    ) -> None:
        """Show everything: who sees a fleet that is ready sees policies and devices that agree with it."""
        by_policy: dict[str, list[Outcome]] = {}
        for outcome in health.outcomes:
            by_policy.setdefault(outcome.decision.policy, []).append(outcome)
        commits = commits_of(resource for resource, _ in policies)
        await self.devices(health.outcomes, self.cluster.devices(self.namespace), commits, now.date())
        for resource, policy in policies:
            covered = by_policy.get(policy.name, [])
            document = policy_document(covered, health.gates.get(policy.name)) if health.plan else {}
            await self.resource(resource, document, policy_conditions(policy, health, covered), now)
        counts = fleet_document(health.outcomes) if health.plan else {}
        await self.resource(mine, {**counts, **handled}, fleet_conditions(health), now)

    async def resource(
        self,
        resource: Resource,
        document: Mapping[str, Any],
        conditions: Iterable[Condition],
        now: datetime,
    ) -> bool:
        """Show a Fleet or an UpdatePolicy; was a write needed? Keys that *document* leaves out stay."""
        before = resource.status
        listed = conditions_document(conditions, before.get("conditions", ()), resource.generation, now)
        after = {
            **before,
            **document,
            "observedGeneration": resource.generation,
            "conditions": listed,
        }
        patch = merge_patch(before, {key: value for key, value in after.items() if value is not None})
        if patch:
            await self.cluster.write_status(resource.kind, resource.namespace, resource.name, patch)
        return bool(patch)
