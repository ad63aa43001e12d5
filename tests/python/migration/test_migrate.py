"""Whole projects: what is written, kept, reported and put back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training import migrate_project
from rl_training.commands.running import run_main
from rl_training.errors import HarnessError, ProjectError, UsageError
from rl_training.migration import migrate
from rl_training.migration.apply import apply_plan
from rl_training.migration.plan import make_plan
from rl_training.project_files import our_addon
from tests.python.migration import projects

ALL: list[Callable[[Path], Path]] = [
    projects.chase_2d,
    projects.reach_3d,
    projects.memory,
    projects.camera,
]


def snapshot(root: Path) -> dict[str, bytes | str]:
    """Every file below a folder with its bytes, every link with what it says."""
    found: dict[str, bytes | str] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = os.readlink(path)
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


@pytest.mark.parametrize("make", ALL)
def test_nothing_of_the_stock_plugin_is_left(make: Callable[[Path], Path], tmp_path: Path) -> None:
    root = make(tmp_path / "game")
    report = migrate(root)
    assert report.exit_code == 0, report.as_text()
    assert not (root / projects.STOCK).exists()
    ours = snapshot(our_addon())
    assert snapshot(root / "addons/godot_rl") == ours
    for name, data in snapshot(root).items():
        assert b"godot_rl_agents" not in data or name.startswith("addons/"), name
    assert [path.name for path in root.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("make", ALL)
def test_a_second_run_has_nothing_to_do(make: Callable[[Path], Path], tmp_path: Path) -> None:
    root = make(tmp_path / "game")
    migrate(root)
    before = snapshot(tmp_path)
    report = migrate(root)
    assert report.as_text().splitlines()[-1] == "nothing to do"
    assert report.backup is None
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("make", ALL)
def test_the_backup_brings_everything_back(make: Callable[[Path], Path], tmp_path: Path) -> None:
    root = make(tmp_path / "game")
    before = snapshot(root)
    report = migrate(root)
    assert report.backup == tmp_path / "game_before_migration"
    after = snapshot(root)
    for name, data in snapshot(report.backup).items():
        if name != "migration_report.txt":
            after[name] = data
    restored = {name: after[name] for name in after if not name.startswith("addons/godot_rl/")}
    assert restored == before
    assert (report.backup / "migration_report.txt").read_text() == report.as_text() + "\n"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    root = projects.reach_3d(tmp_path / "game")
    before = snapshot(tmp_path)
    report = migrate(root, dry_run=True)
    assert snapshot(tmp_path) == before
    planned = report.as_text()
    assert planned.startswith("would change")
    assert "dry run: nothing was written" in planned
    assert [entry.as_line() for entry in migrate(root).entries] == [
        entry.as_line() for entry in report.entries
    ]


def test_a_backup_is_never_overwritten(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    taken = tmp_path / "game_before_migration"
    taken.mkdir()
    (taken / "keep").write_text("me")
    assert migrate(root).backup == tmp_path / "game_before_migration_2"
    assert snapshot(taken) == {"keep": b"me"}


@pytest.mark.parametrize("where", ["taken", "game/inside"])
def test_a_backup_folder_that_cannot_be_used(where: str, tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    (tmp_path / "taken").mkdir()
    before = snapshot(tmp_path)
    with pytest.raises(UsageError, match="--backup"):
        migrate(root, backup=tmp_path / where)
    assert snapshot(tmp_path) == before


def break_rename(monkeypatch: pytest.MonkeyPatch, failing: int) -> Callable[[], int]:
    """Let one rename fail, counted from 1; returns how many were asked for."""
    rename = os.rename
    calls = 0

    def broken(source: Path, target: Path) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError("disk full")
        rename(source, target)

    monkeypatch.setattr(os, "rename", broken)
    return lambda: calls


def test_a_failure_at_any_move_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = projects.memory(tmp_path / "game")
    before = snapshot(tmp_path)
    with monkeypatch.context() as patch:
        count = break_rename(patch, -1)
        migrate(projects.memory(tmp_path / "count" / "game"))
        moves = count()
    shutil.rmtree(tmp_path / "count")
    # Stock folder, three files out and in, our addon.
    assert moves == 8
    for failing in range(1, moves + 1):
        with monkeypatch.context() as patch:
            break_rename(patch, failing)
            with pytest.raises(HarnessError, match="nothing was changed: disk full"):
                migrate(root)
        assert snapshot(tmp_path) == before
        assert sorted(tmp_path.iterdir()) == [root]


def test_a_file_changed_meanwhile_stops_it(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    plan = make_plan(root)
    (root / "recall.gd").write_text("# saved by the editor\n")
    before = snapshot(tmp_path)
    with pytest.raises(HarnessError, match=r"recall\.gd was changed meanwhile: close the editor"):
        apply_plan(plan, tmp_path / "backup", "")
    assert snapshot(tmp_path) == before


def test_a_migration_that_was_killed_is_told(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    (root / ".godot_rl_migration_x").mkdir()
    with pytest.raises(ProjectError, match="was killed: copy everything from"):
        migrate(root)


def test_a_linked_plugin_is_moved_as_a_link(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    projects.add_stock_plugin(shared)
    root = projects.memory(tmp_path / "game")
    stock = root / projects.STOCK
    stock.rename(tmp_path / "old")
    stock.symlink_to(shared / projects.STOCK)
    before = snapshot(shared)
    report = migrate(root)
    assert report.backup is not None
    assert (report.backup / projects.STOCK).is_symlink()
    assert not stock.exists()
    assert snapshot(shared) == before


def test_a_project_whose_plugin_folder_is_missing(tmp_path: Path) -> None:
    root = projects.reach_3d(tmp_path / "game")
    (root / projects.STOCK).rename(tmp_path / "elsewhere")
    report = migrate(root)
    assert report.exit_code == 0
    assert any("could not be compared" in entry.text for entry in report.of("note"))
    text = (root / "scenes/training.tscn").read_text()
    assert "res://addons/godot_rl/sync.gd" in text
    assert projects.SYNC_UID not in text


def test_another_version_of_our_addon_is_replaced(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    projects.write(root / "addons/godot_rl", {"sync.gd": "# old\n"})
    report = migrate(root)
    assert report.backup is not None
    assert (report.backup / "addons/godot_rl/sync.gd").read_text() == "# old\n"
    assert snapshot(root / "addons/godot_rl") == snapshot(our_addon())


def test_our_addon_is_not_touched_once_the_stock_plugin_is_gone(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    migrate(root)
    (root / "addons/godot_rl/sync.gd").write_text("# changed by the user\n")
    assert migrate(root).as_text().endswith("nothing to do")


def test_a_project_that_names_the_plugin_in_its_settings_alone(tmp_path: Path) -> None:
    text = projects.settings("Game", "main.tscn", dotnet=True)
    root = projects.write(tmp_path / "game", {"project.godot": text})
    assert migrate(root).exit_code == 0
    assert "C#" not in (root / "project.godot").read_text()
    assert (root / "addons/godot_rl/sync.gd").is_file()


def test_other_files(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    stock = projects.STOCK
    projects.write(
        root,
        {
            "export_presets.cfg": f'exclude_filter="{stock}/*, *.md"\n',
            "readme.md": f"see {stock}/sync.gd\n",
            "sub/project.godot": f"; another project, {stock}\n",
            "sub/a.gd": f'extends "res://{stock}/sync.gd"\n',
            ".godot/uid_cache.bin": "old",
            ".godot/global_script_class_cache.cfg": f'list=[{{"path": "res://{stock}/sync.gd"}}]\n',
        },
    )
    (root / "level.scn").write_bytes(b"RSRC\0res://addons/godot_rl_agents/sync.gd\0")
    (root / "small.res").write_bytes(b"RSCC\0\1\2")
    (root / "latin.gd").write_bytes(f'var a = "\xe9 {stock}"\n'.encode("latin-1"))
    report = migrate(root)
    assert (root / "export_presets.cfg").read_text() == 'exclude_filter="addons/godot_rl/*, *.md"\n'
    assert stock in (root / "readme.md").read_text()
    assert stock in (root / "sub/a.gd").read_text()
    assert not (root / ".godot/uid_cache.bin").exists()
    assert stock not in (root / ".godot/global_script_class_cache.cfg").read_text()
    assert sorted(entry.file for entry in report.of("left")) == ["latin.gd", "level.scn"]
    assert [entry.file for entry in report.of("note") if entry.file.endswith(".res")]
    assert report.exit_code == 1


def test_a_submodule_is_told(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    (root / projects.STOCK / ".git").write_text("gitdir: elsewhere\n")
    assert [entry.text for entry in migrate(root).of("left")] == ["is a git submodule"]


def test_own_files_inside_the_plugin_are_noted(tmp_path: Path) -> None:
    root = projects.memory(tmp_path / "game")
    projects.write(root / projects.STOCK, {"sensors/mine.gd": "extends Node\n"})
    notes = [entry.file for entry in migrate(root).of("note")]
    assert f"{projects.STOCK}/sensors/mine.gd" in notes


class TestScript:
    """The entry script: exit codes and what is printed."""

    def run(self, *argv: object) -> int:
        return run_main(lambda: migrate_project.main([str(word) for word in argv]))

    def test_all_done_is_0(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        root = projects.chase_2d(tmp_path / "game")
        assert self.run(root, "--json", tmp_path / "report.json") == 0
        printed = capsys.readouterr().out
        assert "player_controller.gd" in printed
        assert str(tmp_path / "game_before_migration") in printed
        data = json.loads((tmp_path / "report.json").read_text())
        assert {entry["kind"] for entry in data["entries"]} == {"change", "note"}

    def test_something_left_is_1_and_told_with_line_and_remedy(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = projects.memory(tmp_path / "game")
        text = "extends Node\n\n\nfunc a(ai):\n\treturn ai.get_truncated()\n"
        projects.write(root, {"watch.gd": text})
        assert self.run(root) == 1
        line = "watch.gd:5: get_truncated is not in our addon. Read the property truncated"
        assert line in capsys.readouterr().out
        assert self.run(root) == 1
        assert "nothing to do; 1 left for you\n" in capsys.readouterr().out

    def test_a_report_file_that_cannot_be_written(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = projects.memory(tmp_path / "game")
        (tmp_path / "no").write_text("a file")
        assert self.run(root, "--dry_run", "--json", tmp_path / "no" / "report.json") == 2
        assert capsys.readouterr().err.startswith("error: --json: ")

    @pytest.mark.parametrize("what", ["no project", "no plugin", "no folder"])
    def test_wrong_use_is_2(
        self, what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        root = tmp_path / "game"
        if what == "no plugin":
            projects.write(root, {"project.godot": "config_version=5\n"})
        elif what == "no project":
            root.mkdir()
        before = snapshot(tmp_path)
        assert self.run(root) == 2
        assert capsys.readouterr().err.startswith("error: ")
        assert snapshot(tmp_path) == before
