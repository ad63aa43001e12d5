"""Milestones on the disk: names, lists, what is wrong with a name; choosing one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rl_training.commands.choose_milestone import choose_milestone
from rl_training.commands.main import run
from rl_training.errors import ModelError, UsageError
from rl_training.runs.milestones import (
    CHECKPOINT,
    Milestone,
    MilestoneMeta,
    find_milestone,
    list_milestones,
    milestones_folder,
    millions,
    phase_folder,
    write_milestone,
)
from rl_training.runs.paths import RunPaths


@pytest.mark.parametrize(
    ("timesteps", "name"),
    [(10_000_000, "010M"), (1_250_000_000, "1250M"), (250_000, "000.25M"), (1_500_000, "001.5M")],
)
def test_millions(timesteps: int, name: str) -> None:
    assert millions(timesteps) == name


def test_a_phase_is_a_folder() -> None:
    assert phase_folder("Phase1-Ball Touching/..") == "Phase1-Ball_Touching_.."
    assert phase_folder("..") == "Phase1"


def written(paths: RunPaths, phase: str, timesteps: int) -> Milestone:
    meta = MilestoneMeta(
        f"{phase}/{millions(timesteps)}", phase, timesteps, "2026-01-01T00:00:00+00:00", 1.0, 0.5
    )
    return write_milestone(paths, meta, lambda folder: _touch(folder / CHECKPOINT))


def _touch(file: Path) -> None:
    file.write_bytes(b"")


@pytest.fixture
def paths(tmp_path: Path) -> RunPaths:
    found = RunPaths("walk", tmp_path)
    written(found, "Phase2-Late", 2_000_000)
    written(found, "Phase1-Early", 1_000_000)
    return found


def test_they_are_listed_by_timesteps(paths: RunPaths) -> None:
    rows = list_milestones(paths)
    assert [each.name for each in rows] == ["Phase1-Early/001M", "Phase2-Late/002M"]
    assert rows[0].checkpoint.is_file()
    assert rows[0].folder == milestones_folder(paths) / "Phase1-Early" / "001M"


def test_a_name_that_is_taken_gets_a_number(paths: RunPaths) -> None:
    assert written(paths, "Phase1-Early", 1_000_000).name == "Phase1-Early/001M-2"
    assert written(paths, "Phase1-Early", 1_000_000).name == "Phase1-Early/001M-3"


def test_one_that_fails_leaves_nothing(paths: RunPaths) -> None:
    def fails(folder: Path) -> None:
        _touch(folder / CHECKPOINT)
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write_milestone(paths, MilestoneMeta("Phase3/003M", "Phase3", 3, "", 0.0), fails)
    assert len(list_milestones(paths)) == 2
    assert not list((milestones_folder(paths) / "Phase3").iterdir())


def test_one_is_found_by_its_name_or_the_end_of_it(paths: RunPaths) -> None:
    assert find_milestone(paths, "Phase2-Late/002M").meta.timesteps == 2_000_000
    assert find_milestone(paths, "001M").name == "Phase1-Early/001M"
    with pytest.raises(
        ModelError, match=r"no milestone '003M'\..*It has Phase1-Early/001M, Phase2"
    ):
        find_milestone(paths, "003M")
    written(paths, "Phase2-Late", 1_000_000)
    with pytest.raises(ModelError, match="2 milestones of 'walk' are called '001M'"):
        find_milestone(paths, "001M")


def test_a_run_without_any_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no milestones in .*milestone_interval makes them"):
        find_milestone(RunPaths("walk", tmp_path), "001M")


def test_a_damaged_meta_is_named(paths: RunPaths) -> None:
    file = list_milestones(paths)[0].folder / "meta.json"
    file.write_text("{", "utf-8")
    with pytest.raises(ModelError, match=r"001M.meta\.json is no milestone's meta\.json"):
        list_milestones(paths)


def test_a_person_chooses_by_number_or_name(
    paths: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert choose_milestone(paths, lambda _: "2", on_terminal=True) == "Phase2-Late/002M"
    answers: Iterator[str] = iter(["7", "001M"])
    assert choose_milestone(paths, lambda _: next(answers), on_terminal=True) == "Phase1-Early/001M"
    shown = capsys.readouterr().out
    assert "Phase1-Early/001M" in shown
    assert "no milestone '7'" in shown


def test_nothing_chosen_is_told(paths: RunPaths) -> None:
    with pytest.raises(UsageError, match="no milestone was chosen"):
        choose_milestone(paths, lambda _: "", on_terminal=True)


def test_where_nobody_can_choose_the_names_are_told(
    paths: RunPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "--scenario", "pong", "--experiment_name", "walk", "--milestone"]
    assert run([*words, "--run_root", str(paths.root)]) == 2
    told = capsys.readouterr().err
    assert "--milestone needs a name where nobody can choose" in told
    assert "Phase1-Early/001M, Phase2-Late/002M" in told


def test_the_command_lists_them(paths: RunPaths, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["runs", "milestones", "--run_root", str(paths.root), "--experiment_name"]
    assert run([*words, "walk"]) == 0
    shown = capsys.readouterr().out
    assert "Phase1-Early/001M" in shown
    assert "--milestone Phase2-Late/002M" in shown
    assert run([*words, "walkk"]) == 2
    assert "there is no run 'walkk'" in capsys.readouterr().err
