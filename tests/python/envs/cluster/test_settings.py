"""What can be refused before a cluster is needed, and how a game travels: no Ray here."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rl_training.config import TrainConfig
from rl_training.config.sections import ClusterSettings
from rl_training.envs import EnvSettings
from rl_training.envs.cluster.connection import connected
from rl_training.envs.cluster.game_files import fingerprint, has_game, pack, unpack
from rl_training.envs.cluster.ray_vec_env import RayVecEnv
from rl_training.errors import ConfigError, UsageError
from rl_training.training.environment import make_training_env


def test_without_ray_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(UsageError, match=r"needs the package ray: pip install 'spacetime-rl\[ray\]"),
        connected(ClusterSettings(backend="ray"), 1.0),
    ):
        pass
    assert UsageError.exit_code == 2


def test_an_address_without_the_backend_is_refused() -> None:
    with pytest.raises(ConfigError, match="engines run locally: add --backend ray"):
        TrainConfig().replace({"cluster": {"address": "auto"}})


def test_an_address_is_a_host_and_a_port() -> None:
    with pytest.raises(
        ConfigError, match=r"'ray://head', expected HOST:PORT of the cluster's head"
    ):
        TrainConfig().replace({"cluster": {"backend": "ray", "address": "ray://head"}})
    for address in ("auto", "10.0.0.1:6379", "head.example.org:6379", "[::1]:6379"):
        TrainConfig().replace({"cluster": {"backend": "ray", "address": address}})


def test_several_nodes_need_a_cluster_that_is_there() -> None:
    with pytest.raises(ConfigError, match="nodes is 2, but a cluster that is started here has one"):
        TrainConfig().replace({"cluster": {"backend": "ray", "nodes": 2}})


def test_windows_and_numpy_worlds_stay_on_this_machine() -> None:
    with pytest.raises(ConfigError, match="leave out --viz"):
        RayVecEnv(EnvSettings(project_path=".", show_window=True))
    config = TrainConfig().replace({"cluster": {"backend": "ray"}})
    twin = EnvSettings(project_path=".", twin="somewhere:Worlds")
    with pytest.raises(ConfigError, match="--simulator godot"):
        make_training_env(twin, config, lambda *_: pytest.fail("no engine is wanted"))


def test_a_project_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "cache"))
    project = tmp_path / "game"
    for name, text in {
        "project.godot": "[application]",
        "a/main.tscn": "scene",
        ".godot/imported": "not the engine's to see",
        "hidden/.gdignore": "",
        "hidden/notes": "nor this",
    }.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)
    settings = EnvSettings(project_path=str(project), scene_path="res://a/main.tscn")
    mark = fingerprint(settings)
    there = unpack(settings, pack(settings), mark)
    assert unpack(settings, b"not looked at: it is there", mark) == there
    assert there.project_path is not None
    assert fingerprint(there) == mark
    found = [p for p in Path(there.project_path).rglob("*") if p.is_file()]
    assert sorted(p.name for p in found) == ["main.tscn", "project.godot"]
    assert there.scene_path == settings.scene_path
    (project / "a/main.tscn").write_text("another scene")
    assert fingerprint(settings) != mark
    assert has_game(settings)
    assert not has_game(EnvSettings(project_path=str(tmp_path / "nowhere")))


def test_an_exported_game_travels(
    fake_game: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "cache"))
    settings = EnvSettings(env_path=fake_game())
    there = unpack(settings, pack(settings), fingerprint(settings))
    assert there.env_path is not None
    assert os.access(there.env_path, os.X_OK)
    assert fingerprint(there) == fingerprint(settings)
