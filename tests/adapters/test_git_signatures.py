"""Signed commits: whose signatures are good, and that nothing of any other commit is read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.adapters.git import Limits, Signers, read_signers
from controller.adapters.git.signatures import signed_by
from controller.ports import Unavailable, Unverified
from tests.adapters.git_opening import Open, message
from tests.lab.git_repository import BareRepository
from tests.lab.leftovers import processes_with
from tests.lab.signing import GPG, Keyring, Signing, ssh_signing

NEEDS_GPG = pytest.mark.skipif(GPG is None, reason="the program gpg (gnupg) is not installed")

FILES = {"a.yaml": "a"}
KINDS = ["ssh", pytest.param("openpgp", marks=NEEDS_GPG)]


@pytest.fixture(scope="module")
def keyring() -> Iterator[Keyring]:
    with Keyring() as keyring:
        yield keyring


@pytest.fixture(scope="module")
def keys(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Signing]:
    """Two keys of each kind that can be made here."""
    folder = tmp_path_factory.mktemp("keys")
    made = {f"ssh {name}": ssh_signing(folder / name) for name in ("ada", "bob")}
    if GPG:
        ring = request.getfixturevalue("keyring")
        made |= {f"openpgp {name}": ring.make(name) for name in ("ada", "bob")}
    return made


def of(*keys: Signing | str) -> Signers:
    texts = [key if isinstance(key, str) else key.public for key in keys]
    return read_signers("signers", {f"key-{number}": text for number, text in enumerate(texts)})


@pytest.mark.parametrize("kind", KINDS)
async def test_a_commit_that_one_of_the_keys_signed_is_read(
    kind: str, keys: dict[str, Signing], bare: BareRepository, opened: Open, private: Path
) -> None:
    bare.commit(FILES, signing=keys[f"{kind} ada"].options)
    repository = opened(signers=of(keys[f"{kind} bob"], keys[f"{kind} ada"]))
    assert (await repository.fetch(await repository.head())).files == {"a.yaml": b"a"}
    assert processes_with(str(private)) == [], "no agent is left"


@NEEDS_GPG
async def test_keys_of_both_kinds_stand_in_one_secret(
    keys: dict[str, Signing], bare: BareRepository, opened: Open
) -> None:
    repository = opened(signers=of(*keys.values()))
    for key in keys.values():
        bare.commit(FILES, signing=key.options)
        assert (await repository.fetch(await repository.head())).files == {"a.yaml": b"a"}


@pytest.mark.parametrize("kind", KINDS)
async def test_one_entry_may_hold_several_keys(
    kind: str, keys: dict[str, Signing], bare: BareRepository, opened: Open
) -> None:
    bare.commit(FILES, signing=keys[f"{kind} bob"].options)
    both = "\n".join(keys[f"{kind} {name}"].public for name in ("ada", "bob")).replace("\n", "\r\n")
    repository = opened(signers=of(both))
    assert (await repository.fetch(await repository.head())).files == {"a.yaml": b"a"}


async def refused(bare: BareRepository, opened: Open, signers: Signers) -> str:
    """Why the commit is refused. Nothing of it may be read: what is in it would break a limit."""
    repository = opened(signers=signers, limits=Limits(blob=0))
    told = await message(repository.fetch(await repository.head()), Unverified)
    assert bare.git("rev-parse", "main") in told
    return told


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unsigned_commit_is_refused(
    kind: str, keys: dict[str, Signing], bare: BareRepository, opened: Open
) -> None:
    bare.commit(FILES)
    assert "it is not signed" in await refused(bare, opened, of(keys[f"{kind} ada"]))


@pytest.mark.parametrize("known", KINDS)
@pytest.mark.parametrize("signed", KINDS)
async def test_a_commit_that_another_key_signed_is_refused(
    signed: str, known: str, keys: dict[str, Signing], bare: BareRepository, opened: Open
) -> None:
    bare.commit(FILES, signing=keys[f"{signed} bob"].options)
    told = await refused(bare, opened, of(keys[f"{known} ada"]))
    assert "it is not signed by one of the keys of spec.git.verify" in told


@pytest.mark.parametrize("kind", KINDS)
async def test_a_commit_that_was_changed_after_signing_is_refused(
    kind: str, keys: dict[str, Signing], bare: BareRepository, opened: Open
) -> None:
    made = bare.commit(FILES, signing=keys[f"{kind} ada"].options)
    text = bare.git("cat-file", "commit", made).replace("what the test asks for", "what Mallory asks for")
    changed = bare.git("hash-object", "-t", "commit", "-w", "--stdin", given=f"{text}\n".encode())
    bare.git("update-ref", "refs/heads/main", changed)
    assert "its signature is bad" in await refused(bare, opened, of(keys[f"{kind} ada"]))


async def test_a_key_signs_for_other_things_in_vain(
    keys: dict[str, Signing], bare: BareRepository, opened: Open, tmp_path: Path
) -> None:
    """What was signed as a file is no commit."""
    program = tmp_path / "sign-as-file"
    program.write_text(
        '#!/bin/sh\nfor word; do shift; [ "$word" = git ] && word=file; set -- "$@" "$word"; done\n'
        'exec ssh-keygen "$@"\n'
    )
    program.chmod(0o700)
    options = (*keys["ssh ada"].options, "-c", f"gpg.ssh.program={program}")
    bare.commit(FILES, signing=options)
    await refused(bare, opened, of(keys["ssh ada"]))


@NEEDS_GPG
async def test_a_key_that_has_expired_is_refused(
    keyring: Keyring, bare: BareRepository, opened: Open
) -> None:
    expired = keyring.make("carl", expired=True)
    bare.commit(FILES, signing=expired.options)
    assert "the key that signed it has expired" in await refused(bare, opened, of(expired))


@NEEDS_GPG
async def test_a_key_that_is_revoked_is_refused(keyring: Keyring, bare: BareRepository, opened: Open) -> None:
    key = keyring.make("dora")
    bare.commit(FILES, signing=key.options)
    assert "the key that signed it is revoked" in await refused(bare, opened, of(keyring.revoke("dora")))


async def test_what_the_machine_and_its_user_say_of_signatures_does_not_count(
    keys: dict[str, Signing], bare: BareRepository, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.commit(FILES, signing=keys["ssh bob"].options)
    bare.git("config", "gpg.ssh.program", "true")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'gpg.program=true' 'gpg.ssh.program=true'")
    await refused(bare, opened, of(keys["ssh ada"]))


@pytest.mark.parametrize("kind", KINDS)
async def test_a_signed_tag_does_not_stand_for_its_commit(
    kind: str, keys: dict[str, Signing], bare: BareRepository, opened: Open
) -> None:
    bare.git(*keys[f"{kind} ada"].options, "tag", "-s", "-m", "one", "v1", bare.commit(FILES))
    repository = opened(tag="v1", signers=of(keys[f"{kind} ada"]))
    assert "it is not signed" in await message(repository.fetch(await repository.head()), Unverified)


@NEEDS_GPG
async def test_a_key_that_gpg_cannot_read_is_named(bare: BareRepository, opened: Open) -> None:
    bare.commit(FILES)
    broken = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nc3dvcmRmaXNo\n-----END PGP PUBLIC KEY BLOCK-----\n"
    repository = opened(signers=read_signers("signers", {"ada.asc": broken}))
    told = await message(repository.fetch(await repository.head()), Unverified)
    assert told.startswith("gpg cannot read entry ada.asc of the Secret of spec.git.verify")
    assert "c3dvcmRmaXNo" not in told


@NEEDS_GPG
async def test_without_gpg_a_secret_that_needs_it_waits(
    keys: dict[str, Signing],
    bare: BareRepository,
    opened: Open,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare.commit(FILES, signing=keys["openpgp ada"].options)
    (tmp_path / "bin").mkdir()
    for program in ("git", "sh"):
        (tmp_path / "bin" / program).symlink_to(str(shutil.which(program)))
    repository = opened(signers=of(keys["openpgp ada"]))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    told = await message(repository.fetch(await repository.head()), Unavailable)
    assert told == "the program gpg is missing, expected it beside the operator"


ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("swordfish-4711", id="no key"),
        pytest.param("\x00\ufffd\ufffd", id="no text"),
        pytest.param(f"{ED25519}\nswordfish-4711", id="no key beside one"),
        pytest.param(f'from="*" {ED25519}', id="options"),
        pytest.param(f"* {ED25519}", id="a principal"),
        pytest.param(ED25519.replace("ssh-ed25519", "ssh-rsa"), id="another kind than it says"),
        pytest.param(ED25519.replace("ssh-ed25519", "ssh-dss"), id="dss"),
        pytest.param(f"{ED25519[:-3]}!!!", id="no base64"),
        pytest.param("ssh-ed25519-cert-v01@openssh.com AAAA", id="a certificate"),
        pytest.param("-----BEGIN OPENSSH PRIVATE KEY-----\nswordfish-4711\n", id="a private key"),
        pytest.param("-----BEGIN PGP PRIVATE KEY BLOCK-----\nswordfish-4711\n", id="another private key"),
        pytest.param("-----BEGIN PGP PUBLIC KEY BLOCK-----\nswordfish-4711\n", id="a part of a key"),
    ],
)
def test_an_entry_of_an_unknown_kind_is_named_and_not_shown(text: str) -> None:
    with pytest.raises(Unverified) as raised:
        read_signers("signers", {"ada": ED25519, "mallory": text})
    assert str(raised.value) == (
        "entry mallory of the Secret signers is of an unknown kind, "
        "expected public keys of SSH (one a line) or of OpenPGP (armored)"
    )


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        ({}, "the Secret signers of spec.git.verify is empty, expected public keys"),
        ({"ada": ""}, "entry ada of the Secret signers holds no key, expected public keys"),
        ({"ada": "# nobody\n\n"}, "entry ada of the Secret signers holds no key, expected public keys"),
    ],
)
def test_a_secret_without_keys_lets_nobody_through(entries: dict[str, str], problem: str) -> None:
    with pytest.raises(Unverified, match=problem.replace("(", r"\(")):
        read_signers("signers", entries)


A, B = "A" * 40, "B" * 40
SSH = 'Good "git" signature for signer with ED25519 key SHA256:abc'


def valid(fingerprint: str, primary: str) -> str:
    return f"[GNUPG:] VALIDSIG {fingerprint} 2026-01-01 1767225600 0 4 0 22 8 00 {primary}"


@pytest.mark.parametrize(
    ("said", "fingerprint"),
    [
        (SSH, "SHA256:abc"),
        (f"[GNUPG:] NEWSIG\n{valid(A, B)}\n[GNUPG:] TRUST_FULLY 0 pgp\n", B),
        ("", ""),
        (f"{valid(A, B)}\n{valid(A, B)}", ""),
        (f"{valid(A, B)}\n[GNUPG:] BADSIG {A} x", ""),
        (f"{valid(A, B)}\n[GNUPG:] EXPKEYSIG {A} x", ""),
        (f"{valid(A, B)}\n[GNUPG:] REVKEYSIG {A} x", ""),
        (f"[GNUPG:] GOODSIG {A} x {valid(A, B)}", ""),
        (SSH.replace("signer", "mallory"), ""),
        (f"x {SSH}", ""),
    ],
)
def test_the_key_is_the_one_whose_signature_alone_is_good(said: str, fingerprint: str) -> None:
    assert signed_by(said) == fingerprint
