"""The table of kinds: who is in the fleet, and what each must come to."""

from dataclasses import replace

from tests.lab.clock import on
from tests.lab.device import Phase
from tests.lab.failures import FAILURES
from tests.soak import happenings as it
from tests.soak.kinds import (
    AIR,
    GONE,
    MAC,
    OLD_PHONE,
    PAD,
    PHONE,
    SPEAKER,
    T2,
    TV,
    VISION,
    WATCH,
    End,
    Kind,
    behaving,
    running,
    slow,
)
from tests.soak.month import IMPROVEMENT, LETTER, NEWEST, NEWEST_OLD_PHONE, NEWEST_PAD, NEWEST_T2, REBUILD

DONE = End("UpToDate", NEWEST)
DONE_PAD = End("UpToDate", NEWEST_PAD, extra=LETTER, build=IMPROVEMENT)
DONE_BESIDE = End("UpToDate", NEWEST_PAD)
LATE = End("Enforced", progress="Overdue", attention="Overdue")

#: The Mac with Apple silicon whose MDM has no bootstrap token; a Mac as macOS 14 reports it.
TOKENLESS = behaving(MAC, withholds_token=True)
SONOMA = running(AIR, "14.8.2", "23J126")

_PLATFORMS = (
    Kind("mac", MAC, DONE, share=25),
    Kind("mac-git", AIR, DONE, git=True, share=15),
    Kind("phone", PHONE, DONE, share=25),
    Kind("phone-git", PHONE, DONE, git=True, share=10),
    Kind("pad", PAD, DONE_PAD, share=25),
    Kind("tv", TV, DONE_BESIDE, share=10),
    Kind("vision", VISION, DONE_BESIDE, share=6),
    Kind("mac-t2", T2, End("UpToDate", NEWEST_T2), share=6),
    Kind("phone-old", OLD_PHONE, End("UpToDate", NEWEST_OLD_PHONE), share=6),
    Kind("mac-sonoma", SONOMA, DONE, spec={"model": "J413AP"}, git=True, share=2),
    Kind("mac-unknown", SONOMA, End("UnknownModel", "14.8.2"), share=2),
    Kind("pad-old", running(PAD, "16.6.1", "20G81"), End("Unsupported", "16.6.1"), share=2),
    Kind("watch", WATCH, End("Unsupported", "26.1"), share=2),
    Kind("speaker", SPEAKER, End("Unsupported", "26.1")),
    Kind("phone-beta", running(PHONE, "26.3", "23D5101c"), End("Beta", "26.3"), share=2),
    Kind("mac-ahead", running(MAC, "27.0", "26A360"), End("Ahead", "27.0"), share=2),
)

_UPDATING = (
    Kind("mac-early", behaving(MAC, installs="prepared"), DONE, share=6),
    Kind("pad-early", behaving(PAD, installs="prepared"), DONE_PAD, share=4),
    Kind("phone-skips", behaving(PHONE, skips_states=True), DONE, share=4),
    Kind("mac-verifying", behaving(MAC, undocumented="verifying"), DONE, share=3),
    Kind("pad-relapses", behaving(PAD, relapses=2), DONE_PAD, share=3),
    Kind("mac-repeats", behaving(MAC, repeats_reports=True), DONE, share=3),
    Kind("phone-chatters", behaving(PHONE, chatters=True), DONE, share=2),
    Kind("mac-stuck", behaving(MAC, stuck_in=Phase.DOWNLOADING), LATE),
    Kind("phone-hangs", behaving(PHONE, stuck_in=Phase.RESTARTING), LATE, answers=False),
    Kind("mac-flat", behaving(MAC, failure=FAILURES["Power"], failures=10_000), LATE),
    slow("mac-stalls", behaving(MAC, stuck_in=Phase.DOWNLOADING), End("Enforced", "26.2", "Downloading")),
    slow("phone-waits", PHONE, End("Enforced", "26.2", "Prepared"), share=3),
    slow(
        "mac-rejects",
        behaving(MAC, rejects=True),
        End("Enforced", "26.2", "Acknowledged", "Invalid"),
        share=2,
    ),
    *(
        Kind(f"mac-retries-{name.lower()}", behaving(MAC, failure=text, failures=2), DONE, share=2)
        for name, text in FAILURES.items()
    ),
    *(
        slow(
            f"mac-fails-{name.lower()}",
            behaving(MAC, failure=text, failures=10_000, fails_while=Phase.DOWNLOADING),
            End("Enforced", "26.2", "Failed", name),
        )
        for name, text in FAILURES.items()
    ),
    Kind("mac-tokenless", TOKENLESS, LATE),
    slow("mac-no-token", TOKENLESS, End("Enforced", "26.2", "Prepared", "BootstrapToken")),
    Kind("mac-escrowed", TOKENLESS, DONE, happenings=((6, it.is_escrowed),), share=2),
)

_TALKING = (
    Kind("mac-not-now", behaving(MAC, not_now=5), DONE, share=2),
    Kind(
        "phone-away", PHONE, DONE, happenings=((9, it.behaves(not_now_until=on(15))),), share=2, answers=False
    ),
    Kind("mac-deaf", behaving(MAC, deaf=True), End("NoReport"), answers=False),
    Kind("pad-deaf", PAD, LATE, happenings=((9, it.behaves(deaf=True)),), answers=False),
    slow(
        "mac-deafened",
        MAC,
        End("Enforced", "26.2", "Declared", "NotAcknowledged"),
        happenings=((17, it.behaves(deaf=True)),),
        answers=False,
    ),
    Kind("mac-off", behaving(MAC, silent_after=on(9)), LATE, share=2, answers=False),
    Kind("phone-off", behaving(PHONE, silent_after=on(26.3)), End("UpToDate", NEWEST, attention="Silent")),
    slow(
        "mac-shelved",
        behaving(MAC, silent_after=on(25)),
        End("Enforced", "26.2", "Prepared", "Silent"),
        answers=False,
    ),
    Kind(
        "phone-back",
        behaving(PHONE, silent_after=on(5)),
        DONE,
        happenings=((12.5, it.behaves()),),
        share=3,
        answers=False,
    ),
    Kind(
        "mac-foreign",
        MAC,
        End("UpToDate", NEWEST, attention="Foreign"),
        happenings=((15, it.gets_a_foreign_one),),
    ),
    Kind("mac-freed", MAC, DONE, happenings=((15, it.gets_a_foreign_one), (20, it.loses_the_foreign_one))),
)

_ENROLLING = (
    Kind("mac-wiped", MAC, DONE, happenings=((8, it.is_wiped),), share=2),
    Kind("phone-wiped", PHONE, DONE, git=True, happenings=((11, it.is_wiped),), share=2),
    Kind("pad-replaced", PAD, DONE_PAD, happenings=((1.2, it.is_replaced),), share=2),
    Kind("mac-gone", MAC, GONE, happenings=((4.2, it.checks_out),), share=2),
    Kind("mac-gone-unheard", MAC, LATE, happenings=((22, it.checks_out),), answers=False),
    Kind("phone-gone", PHONE, End("Unenrolled"), git=True, happenings=((4.2, it.checks_out),)),
    Kind("phone-own", replace(PHONE, user_enrolled=True), End("Unsupported", "26.1"), share=2),
    Kind("mac-shared", MAC, DONE, happenings=((5, it.gets_a_user),), share=2),
    Kind("mac-restored", MAC, DONE, happenings=((25.5, it.restored("26.3", "25D125")),), share=2),
    Kind(
        "phone-repaired",
        running(PHONE, "18.7.2", "22H124"),
        End("UpToDate", NEWEST_OLD_PHONE),
        labels={"major": "own"},
        git=True,
        happenings=((6, it.repaired("iPhone11,2")),),
    ),
)

_POLICIES = (
    Kind("mac-canary", MAC, DONE, labels={"ring": "canary"}, git=True, share=3),
    Kind("mac-late", MAC, DONE, labels={"ring": "late"}, git=True, share=6),
    Kind("mac-gated", MAC, End("Gated", "26.1"), labels={"ring": "never"}, git=True),
    Kind("mac-astray", MAC, End("InvalidPolicy", "26.1"), labels={"ring": "astray"}, git=True),
    Kind("mac-above", MAC, End("AboveTarget", "26.1"), labels={"major": "below"}, git=True),
    Kind("mac-missing", MAC, End("NoRelease", "26.1"), labels={"major": "missing"}, git=True),
    Kind(
        "mac-pinned", MAC, End("UpToDate", "26.3", build=REBUILD), labels={"pin": "build"}, git=True, share=3
    ),
    Kind("mac-kiosk", MAC, End("NoPolicy", "26.1"), labels={"use": "kiosk"}, git=True),
    Kind("mac-paused", MAC, End("Suspended", "26.1"), labels={"use": "paused"}, git=True),
    Kind("tv-lab", TV, End("NoPolicy", "26.1"), labels={"owner": "lab"}, git=True),
    Kind("mac-relabelled", MAC, DONE, labels={"use": "kiosk"}, git=True, share=2),
    slow("mac-dropped", MAC, DONE, share=2),
    Kind("mac-held", MAC, End("Held", "26.1"), spec={"hold": {"until": f"{on(60):%Y-%m-%d}"}}, git=True),
    Kind("mac-released", MAC, DONE, spec={"hold": {"until": f"{on(8):%Y-%m-%d}"}}, git=True, share=2),
    Kind("mac-twice", MAC, DONE, git=True),
)

KINDS = (*_PLATFORMS, *_UPDATING, *_TALKING, *_ENROLLING, *_POLICIES)
