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
from controller.objects import Member, Resource
from controller.patches import merge_patch
from controller.ports import Cluster
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
        outcomes: Sequence[Outcome],
        handled: Mapping[str, str | None],
        now: datetime,
    ) -> dict[str, Mapping[str, Any]]:
        """Show everything: who sees a fleet that is ready sees policies and devices that agree with it.

        Of the devices, those with these *outcomes*. The statuses as they are then, by uid.
        """
        commits = commits_of(resource for resource, _ in policies)
        await self.devices(outcomes, self.cluster.devices(self.namespace), commits, now.date())
        shown = {}
        for resource, policy in policies:
            covered, gate = health.tallies.of_policy(policy.name), health.gates.get(policy.name)
            document = policy_document(covered, gate) if health.plan else {}
            conditions = policy_conditions(policy, health)
            shown[resource.uid] = await self.resource(resource, document, conditions, now)
        counts = fleet_document(health.tallies.whole()) if health.plan else {}
        conditions = fleet_conditions(health)
        shown[mine.uid] = await self.resource(mine, {**counts, **handled}, conditions, now)
        return shown

    async def resource(
        self,
        resource: Resource,
        document: Mapping[str, Any],
        conditions: Iterable[Condition],
        now: datetime,
    ) -> Mapping[str, Any]:
        """Show a Fleet or an UpdatePolicy; its status then.

        Keys that *document* leaves out stay; those that are None there go.
        """
        before = resource.status
        listed = conditions_document(conditions, before.get("conditions", ()), resource.generation, now)
        after = {
            **before,
            **document,
            "observedGeneration": resource.generation,
            "conditions": listed,
        }
        after = {key: value for key, value in after.items() if value is not None}
        patch = merge_patch(before, after)
        if patch:
            await self.cluster.write_status(resource.kind, resource.namespace, resource.name, patch)
        return after
