"""What the specs of our kinds ask for, read as far as the schema of this version knows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from controller import crds
from controller.domain.fleets import Fleet
from controller.domain.gates import without_faults
from controller.domain.policies import UpdatePolicy
from controller.objects import Manifest, Resource

POLICY = "UpdatePolicy"


def read_fleet(resource: Resource) -> Fleet:
    """A Fleet of the cluster; ValueError says why it cannot be followed."""
    return Fleet.parse(resource.spec, crds.unknown("Fleet", resource.spec))


def read_policy(name: str, spec: Mapping[str, Any]) -> UpdatePolicy:
    """A policy by its spec, the defaults filled in, as the API server keeps it."""
    return UpdatePolicy.parse(name, spec, crds.unknown(POLICY, spec))


def read_policies(resources: Iterable[Resource]) -> list[UpdatePolicy]:
    """All policies of a namespace, in their order; what a gate waits for is looked up among them."""
    return without_faults(read_policy(resource.name, resource.spec) for resource in resources)


def policy_of(manifest: Manifest) -> UpdatePolicy:
    """The policy that a manifest makes."""
    return read_policy(manifest.name, spec_of(manifest))


def spec_of(manifest: Manifest) -> Mapping[str, Any]:
    """A manifest's spec, the defaults filled in."""
    spec: Mapping[str, Any] = crds.with_defaults(manifest.kind, manifest.document)["spec"]
    return spec
