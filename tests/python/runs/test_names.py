"""What runs are called, what a resumed one changes, and commands to paste."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from rl_training.config import TrainConfig
from rl_training.runs.names import default_experiment_name
from rl_training.runs.paths import RunPaths, default_root
from rl_training.runs.settings_diff import resume_changes, settings_that_differ
from rl_training.runs.shell import command_line


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (("vr_locomotion",), "vr_locomotion"),
        (("vr_locomotion", None, "res://scenes/other.tscn"), "vr_locomotion-other"),
        (("memory", None, "res://scenes/features/memory/memory.tscn"), "memory"),
        (("custom", "/games/coin_collector", "res://arena.tscn"), "coin_collector-arena"),
        (("custom", "/games/Mein Spiel 2!", "level 1.tscn"), "Mein_Spiel_2-level_1"),
        (("custom", None, None, "/games/build/duel.x86_64"), "duel"),
        (("custom", "/games/..."), "custom"),
        (("custom",), "custom"),
    ],
)
def test_default_names(arguments: tuple[str | None, ...], name: str) -> None:
    found = default_experiment_name(*arguments)  # type: ignore[arg-type]
    assert found == name
    TrainConfig(experiment_name=found)


def test_the_main_scene_names_a_run(tmp_path: Path) -> None:
    game = tmp_path / "duel"
    game.mkdir()
    (game / "project.godot").write_text('[application]\nrun/main_scene="res://maps/pit.tscn"\n')
    assert default_experiment_name("custom", str(game)) == "duel-pit"


def test_runs_of_an_installed_package_go_under_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_root(tmp_path / "site-packages" / "rl_training") == tmp_path / "rl_runs"
    assert default_root() == repository / "rl_training"
    assert RunPaths("walk").root == repository / "rl_training"


def test_what_a_resumed_run_changes() -> None:
    saved = {"timesteps": 512, "algorithm": {"gamma": 0.99, "net_arch": (64, 64)}, "viz": False}
    now = {"timesteps": 1024, "algorithm": {"gamma": 0.99, "net_arch": [64, 64]}, "viz": True}
    assert resume_changes(saved, now) == ["timesteps: 512 -> 1024"]
    assert resume_changes(saved, saved) == []
    assert resume_changes({}, {"format": 2}) == ["format: (not set) -> 2"]


def test_a_sampler_or_a_curriculum_is_one_setting() -> None:
    lessons = [{"value": 0.1, "also": {"fog": 1}}, {"value": {"sampler": "choice", "values": [1]}}]
    saved = {
        "parameters": {"wind": {"sampler": "uniform", "low": 0.0, "high": 1.0}, "up": 1.0},
        "curriculum": {"slope": {"lessons": lessons}},
    }
    now = {
        "parameters": {"wind": {"schedule": [[0, 1.0], [9, 2.0]]}, "up": 1.0},
        "curriculum": {"slope": {"lessons": lessons[:1]}},
        "evaluation": {"parameters": {"odd": {"from": "the future"}}},
    }
    assert resume_changes(saved, now) == [
        "parameters.wind: uniform(0, 1) -> schedule(0, 1, 9, 2)",
        "curriculum.slope: 0.1 with fog=1 -> choice(1) -> 0.1 with fog=1",
        "evaluation.parameters.odd: (not set) -> {'from': 'the future'}",
    ]


def test_settings_that_only_some_runs_have() -> None:
    found = settings_that_differ({"a": {"x": {"y": 1}}, "b": {"x": {}}, "c": {"x": {"y": 1}}})
    assert found["x.y"] == {"a": 1, "b": "(not set)", "c": 1}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX quoting")
def test_commands_survive_the_shell() -> None:
    words: list[str | Path] = ["spacetime-rl", "play", "--model", Path("/my games/a 'b'.zip")]
    assert shlex.split(command_line(words)) == [str(word) for word in words]
