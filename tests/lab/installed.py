"""Brings kinds and rights into a cluster, as the chart has them."""

from tests.lab.cluster import Cluster, KubectlFailed
from tests.lab.helm import Helm
from tests.lab.waiting import wait_until


def install(cluster: Cluster, home: str) -> None:
    """Bring what a release called pomona of the chart consists of; return once our kinds are served.

    Nothing runs by that: no kubelet is there, so its Deployment is but written down.
    """
    cluster.kubectl("create", "namespace", home)
    rendered = Helm(cluster.folder).template("pomona", "pomona", home, "--no-hooks")
    cluster.kubectl("apply", "--server-side", "-f", "-", stdin=rendered)
    wait_until(lambda: are_served(cluster), what="the API server serves our kinds")


def are_served(cluster: Cluster) -> bool:
    """Are all three kinds served?"""
    try:
        cluster.kubectl("get", "fleets,updatepolicies,devices", "-A")
    except KubectlFailed:
        return False
    return True
