"""Nobody asks, everything is heard: enrollments, reports, tokens, and that a device left."""

import base64
from dataclasses import replace
from datetime import timedelta

import httpx

from tests.e2e.days.story import Story, a_policy, mac
from tests.e2e.listening.hearing import listen, status, until_registered, until_status
from tests.e2e.policies.showing import is_prepared
from tests.lab.device import Behaviour
from tests.lab.lab import HOME, TENANT
from tests.lab.member import TOKEN

MACS = [mac(1), mac(2), mac(3)]
ONE = mac(1)


async def test_from_the_enrollment_to_the_end_of_an_update(hearing: Story) -> None:
    await listen(hearing, register={"labels": {"ring": "new"}})

    await hearing.fleet.enroll(MACS)

    await until_registered(hearing, MACS)
    await hearing.until_all("progress", "Prepared")
    await hearing.until_condition("WebhookHeard", "True", "Heard")
    assert {status(hearing, p)["reported"]["bootstrapToken"] for p in MACS} == {"Escrowed"}
    labels = hearing.lab.cluster.get("device", ONE.serial.lower(), "-n", TENANT)["metadata"]["labels"]
    assert labels == {
        "pomona.dev/registered": "true",
        "pomona.dev/platform": "macOS",
        "pomona.dev/model": "J314sAP",
        "pomona.dev/os-major": "26",
        "ring": "new",
    }

    hearing.fleet.advance(timedelta(days=2))

    await hearing.until_all("reason", "UpToDate")
    await hearing.until_all("progress", "")
    assert not any(hearing.holds(profile) for profile in MACS)


async def test_a_wiped_mac_is_promised_anew(hearing: Story) -> None:
    await listen(hearing, a_policy(deadline={"days": 0, "noticeDays": 3}))
    await hearing.fleet.enroll([ONE])
    before = await until_status(hearing, ONE, reason="Enforced", progress="Prepared")

    await hearing.fleet.wipe(ONE.name)

    await hearing.until(
        lambda: status(hearing, ONE).get("reported", {}).get("enrolled", "") > before["reported"]["enrolled"],
        "the enrollment is known",
    )
    after = await until_status(hearing, ONE, reason="Enforced", progress="Prepared")
    assert after["history"][0] == {**before["enforcement"], **after["history"][0]}
    assert "installed" not in after["history"][0]
    log = hearing.lab.operators[-1].log.read_text()
    assert '"message": "it enrolled anew"' in log


async def test_the_same_hardware_under_another_id(hearing: Story) -> None:
    await listen(hearing)
    await hearing.fleet.enroll([ONE])
    await until_status(hearing, ONE, progress="Prepared")
    old = hearing.fleet.enrollment(ONE.name)

    await hearing.fleet.replace(ONE.name)

    new = hearing.fleet.enrollment(ONE.name)

    def spec() -> str:
        found = hearing.lab.cluster.get("devices", "-n", TENANT)["items"]
        return " ".join(device["spec"]["enrollment"] for device in found)

    await hearing.until(lambda: spec() == new, "it is replaced")
    await until_status(hearing, ONE, progress="Prepared")
    with hearing.lab.nanohub.client() as mdm:
        await hearing.until(
            lambda: not mdm.get(f"/ddm/enrollment-sets/{old}").json(), "the old one is let go"
        )


async def test_who_checks_out_is_gone_unless_a_person_made_it(hearing: Story) -> None:
    other = mac(2)
    await listen(hearing)
    enrollments = hearing.fleet
    await enrollments.enroll([ONE, other])
    await until_registered(hearing, [ONE, other])
    await hearing.until_all("progress", "Prepared")
    # A person takes it over.
    hearing.lab.cluster.kubectl(
        "label", "device", other.serial.lower(), "-n", TENANT, "pomona.dev/registered-"
    )

    await enrollments.check_out(ONE.name)
    await enrollments.check_out(other.name)

    await until_registered(hearing, [other])
    await until_status(hearing, other, reason="Unenrolled", progress="")
    await hearing.until(lambda: not hearing.sets(ONE), "nothing is left of it")


async def test_users_are_nobody_and_user_enrollments_take_nothing(hearing: Story) -> None:
    theirs = replace(mac(2), user_enrolled=True)
    await listen(hearing)
    await hearing.fleet.enroll([ONE, theirs])
    await hearing.fleet.sign_in(ONE.name, "anna")
    named = hearing.fleet.enrollment(theirs.name).lower()

    await until_status(hearing, ONE, progress="Prepared")

    await hearing.until(
        lambda: hearing.lab.column("reason") == {ONE.serial.lower(): "Enforced", named: "Unsupported"},
        "the user enrollment is unsupported, and no user is a Device",
    )


async def test_a_missing_token_is_warned_about_until_it_is_escrowed(hearing: Story) -> None:
    without = replace(ONE, behaviour=Behaviour(withholds_token=True))
    await listen(hearing)
    await hearing.fleet.enroll([without])
    shown = await until_status(hearing, without, progress="Prepared", attention="BootstrapToken")
    assert shown["attention"]["message"].startswith("cannot install 26.2 by itself: no bootstrap token")

    await hearing.fleet.escrow(without.name)

    await until_status(hearing, without, progress="Prepared", attention="")


async def test_the_token_itself_is_nowhere(hearing: Story) -> None:
    await listen(hearing)
    await hearing.fleet.enroll(MACS)
    await hearing.until_all("progress", "Prepared")
    await hearing.fleet.escrow(ONE.name)
    await hearing.fleet.remove_escrow(MACS[1].name)
    await until_status(hearing, MACS[1], attention="BootstrapToken")

    operator = hearing.lab.operators[-1]
    async with httpx.AsyncClient() as http:
        metrics = (await http.get(f"http://127.0.0.1:{operator.metrics_port}/metrics")).text
    shown = hearing.lab.cluster.kubectl(
        "get", "fleets,updatepolicies,devices,configmaps,events,leases", "-n", TENANT, "-o", "yaml"
    )
    ours = hearing.lab.cluster.kubectl("get", "configmaps,leases", "-n", HOME, "-o", "yaml")
    found = operator.log.read_text() + metrics + shown + ours
    assert TOKEN.decode() not in found
    assert base64.b64encode(TOKEN).decode().rstrip("=") not in found
    assert 'topic="mdm.SetBootstrapToken"' in metrics


async def test_what_was_missed_is_found_and_said(hearing: Story) -> None:
    await listen(hearing)
    await hearing.fleet.enroll([ONE])
    await until_status(hearing, ONE, progress="Prepared")
    hearing.lab.operators[-1].stop()
    hearing.lab.nanohub.webhook_url = "http://127.0.0.1:9/nowhere"
    hearing.lab.nanohub.restart()
    await hearing.fleet.enroll([ONE])
    hearing.lab.start_operator()

    await hearing.until(lambda: is_prepared(hearing, ONE), "it is asked again")
    hearing.fleet.advance(timedelta(days=2))

    await until_status(hearing, ONE, reason="UpToDate")
    await hearing.until_condition("WebhookHeard", "False", "Silent")
