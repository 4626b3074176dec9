"""Repositories that mean harm: tricks of links, names, submodules, filters, hooks and sizes, one by one."""

from pathlib import Path

import pytest

from controller.adapters.git import GitRepository
from controller.adapters.manifests import ManifestReader
from controller.ports import Rejected
from controller.publish import Publisher
from tests.adapters.git_opening import Open, message
from tests.flows.publishing import SOURCE, policy
from tests.lab.fake_cluster import FakeCluster
from tests.lab.git_repository import LINK, SUBMODULE, BareRepository
from tests.lab.hostile_objects import FILE, TREE, write_commit, write_tree

#: What hooks and settings of the repository run; no file of this name may come to be.
TRAP = "trap"


async def files(repository: GitRepository) -> dict[str, bytes]:
    return dict((await repository.fetch(await repository.head())).files)


async def refusal(repository: GitRepository) -> str:
    return await message(repository.fetch(await repository.head()), Rejected)


@pytest.mark.parametrize("path", [".", "passwd", "folder", "chain", "file.yaml", "folder/a.yaml", "etc/ssl"])
async def test_links_are_not_followed_even_where_the_path_names_one(
    path: str, bare: BareRepository, opened: Open
) -> None:
    links = {
        "passwd": "/etc/passwd",
        "etc": "/etc",
        "folder": "real",
        "chain": "folder",
        "file.yaml": ".real/a.yaml",
        "loop.yaml": "loop.yaml",
        "out.yaml": "../../../../etc/passwd",
    }
    bare.commit({**links, ".real/a.yaml": "a"}, modes=dict.fromkeys(links, LINK))
    assert await files(opened(path)) == {}


async def test_a_submodule_starts_nothing(bare: BareRepository, opened: Open, tmp_path: Path) -> None:
    modules = f'[submodule "s"]\n\tpath = s\n\turl = ext::sh -c "touch% {tmp_path / TRAP}"\n\tupdate = !x\n'
    bare.commit({".gitmodules": modules, "s": "1" * 40, "a.yaml": "a"}, modes={"s": SUBMODULE})
    told = await refusal(opened())
    assert "the repository is damaged" in told
    bare.commit(
        {".gitmodules": modules.replace("\tupdate = !x\n", ""), "s": "1" * 40, "a.yaml": "a"},
        modes={"s": SUBMODULE},
    )
    assert await files(opened()) == {"a.yaml": b"a"}
    assert not (tmp_path / TRAP).exists()


async def test_filters_are_not_applied_and_a_pointer_is_what_it_is(
    bare: BareRepository, opened: Open, tmp_path: Path
) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 5\n"
    attributes = "*.yaml filter=lfs diff=lfs text eol=crlf ident export-subst\nb.yaml export-ignore\n"
    for key in ("filter.lfs.smudge", "filter.lfs.process", "diff.lfs.textconv"):
        bare.git("config", key, f"touch {tmp_path / TRAP}")
    bare.commit({".gitattributes": attributes, "a.yaml": pointer, "b.yaml": "$Id$ $Format:%H$\n"})
    assert await files(opened()) == {"a.yaml": pointer.encode(), "b.yaml": b"$Id$ $Format:%H$\n"}
    assert not (tmp_path / TRAP).exists()


async def test_hooks_and_settings_of_the_repository_do_nothing(
    bare: BareRepository, opened: Open, tmp_path: Path
) -> None:
    bare.commit({"a.yaml": "a"})
    run = f"touch {tmp_path / TRAP}"
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        hook = bare.folder / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{run}\n")
        hook.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "core.pager", "uploadpack.packObjectsHook"):
        bare.git("config", key, run)
    assert await files(opened()) == {"a.yaml": b"a"}
    assert not (tmp_path / TRAP).exists()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (b"..", "contains '..'"),
        (b".", "contains '.'"),
        (b".git", "contains '.git'"),
        (b".GIT", "contains '.git'"),
        (b"git~1", "contains '.git'"),
        (b".g\xe2\x80\x8cit", "contains '.git'"),
        (b"a/b", "contains full pathnames"),
    ],
)
async def test_a_folder_that_leads_elsewhere_is_refused(
    name: bytes, problem: str, bare: BareRepository, opened: Open
) -> None:
    write_commit(bare, write_tree(bare, [(TREE, name, write_tree(bare, [(FILE, b"a.yaml", b"a")]))]))
    told = await refusal(opened())
    assert f"{bare.url}: the repository is damaged: " in told
    assert problem in told


@pytest.mark.parametrize(
    ("who", "problem"),
    [("A <a> 99999999999999999999999 +0000", "badDateOverflow"), ("A <a> never", "badDate")],
)
async def test_a_commit_with_a_bad_date_is_refused(
    who: str, problem: str, bare: BareRepository, opened: Open
) -> None:
    write_commit(bare, write_tree(bare, [(FILE, b"a.yaml", b"a")]), who)
    assert problem in await refusal(opened())


async def test_names_that_differ_in_case_are_two_files(bare: BareRepository, opened: Open) -> None:
    bare.commit({"a.yaml": "1", "A.yaml": "2", "B/c.yaml": "3", "b/c.yaml": "4"})
    assert len(await files(opened())) == 4


async def test_two_names_that_read_the_same_are_refused(bare: BareRepository, opened: Open) -> None:
    write_commit(bare, write_tree(bare, [(FILE, b"a\\xff.yaml", b"1"), (FILE, b"a\xff.yaml", b"2")]))
    assert await refusal(opened()) == "two files are called a\\xff.yaml, expected names of plain text"


async def test_a_large_file_matters_below_the_path_alone(bare: BareRepository, opened: Open) -> None:
    bare.commit({"p/a.yaml": bytes(5 << 20), "q/b.yaml": "b"})
    assert await refusal(opened("p")) == "p/a.yaml has 5242880 bytes, expected at most 1048576"
    assert await files(opened("q")) == {"q/b.yaml": b"b"}


async def test_twenty_thousand_files_matter_below_the_path_alone(bare: BareRepository, opened: Open) -> None:
    many = write_tree(bare, [(FILE, b"%05d.yaml" % n, b"a") for n in range(20_000)])
    few = write_tree(bare, [(FILE, b"b.yaml", b"b")])
    write_commit(bare, write_tree(bare, [(TREE, b"p", many), (TREE, b"q", few)]))
    assert await refusal(opened("p")) == "p holds 20000 manifests, expected at most 10000"
    assert await files(opened("q")) == {"q/b.yaml": b"b"}


async def test_more_bytes_in_all_than_are_taken_are_refused(bare: BareRepository, opened: Open) -> None:
    bare.commit({f"{n}.yaml": bytes([n]) * (1 << 20) for n in range(65)})
    assert await refusal(opened()) == ". holds 68157440 bytes, expected at most 67108864"


async def test_one_file_that_blows_itself_up_and_nothing_is_applied(
    bare: BareRepository, opened: Open
) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    made = bare.commit({"bomb.yaml": "\n".join(lines), "good.yaml": policy("canary")})
    cluster = FakeCluster()
    published = await Publisher(cluster, ManifestReader()).turn(SOURCE, opened())
    assert (published.reason, published.head) == ("InvalidManifests", f"main@sha1:{made}")
    assert published.message.startswith("bomb.yaml:")
    assert "values, aliases followed" in published.message
    assert (cluster.tries, cluster.writes) == ([], [])
