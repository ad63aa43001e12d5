"""What `git archive`, and so the asset library's download, holds: the addon alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

ADDON = PurePosixPath("addons/godot_rl")
NEEDED = ("plugin.cfg", "plugin.gd", "sync.gd", "LICENSE", "README.md", "icons/sync.svg")


@pytest.fixture(scope="module")
def archived(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> set[PurePosixPath]:
    """The files of an archive made by the .gitattributes of this tree."""
    git = shutil.which("git")
    if git is None or not (repository / ".git").exists():
        pytest.skip("no git repository")
    archive = tmp_path_factory.mktemp("archive") / "addon.tar"
    # --worktree-attributes: as the tree stands, also before it is committed.
    subprocess.run(
        [git, "archive", "--worktree-attributes", "-o", str(archive), "HEAD"],
        cwd=repository,
        check=True,
    )
    folder = archive.parent / "unpacked"
    shutil.unpack_archive(archive, folder)
    return {
        PurePosixPath(path.relative_to(folder).as_posix())
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_holds_the_addon_and_nothing_else(archived: set[PurePosixPath]) -> None:
    assert archived
    assert [path for path in archived if ADDON not in path.parents] == []


def test_it_holds_what_a_project_needs(archived: set[PurePosixPath]) -> None:
    assert [name for name in NEEDED if ADDON / name not in archived] == []


def test_the_license_is_the_repositorys(repository: Path) -> None:
    addon = repository / ADDON
    assert (addon / "LICENSE").read_text() == (repository / "LICENSE").read_text()
