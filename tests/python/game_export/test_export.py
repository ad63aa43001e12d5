"""A real export: it plays by itself from another folder, and a trainer can drive it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.commands import export_game as script
from rl_training.engine import find_engine, find_template
from rl_training.engine.locks import file_lock
from rl_training.engine.template import Template, host_platform
from rl_training.envs import GodotVecEnv
from rl_training.errors import (
    EngineNotFoundError,
    EngineStartError,
    ModelError,
    ProjectError,
    UsageError,
)
from rl_training.game_export.export import ExportedGame, export_game
from rl_training.game_export.request import ExportRequest
from tests.python.game_export.walker import write_walker

SCENE = "res://scenes/features/vr_locomotion_test.tscn"
EPISODES = 20
DEFAULT_PORT = 11008

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all of pytest's workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_walker(tmp_path_factory.mktemp("model") / "walker.onnx")


@pytest.fixture(scope="module")
def game(shared: Path, walker: Path, repository: Path) -> Path:
    """The exported game; one worker exports, the others wait for it."""
    if host_platform() == "macos":
        pytest.skip("an export for macOS is an archive")
    try:
        find_template(find_engine(install=False), install=False)
    except EngineNotFoundError as error:
        pytest.skip(str(error))
    output = shared / "exported game"
    with file_lock(shared / "export.lock", timeout_s=300.0, what="exporting"):
        found = [path for path in output.glob("game*") if path.is_file()]
        if found:
            return found[0]
        before = project_files(repository)
        # A relative output, as users give it, from a folder that is no project.
        relative = Path(output.name)
        request = ExportRequest(repository, relative, walker, SCENE, action_repeat=9, drivable=True)
        with inside(shared):
            exported = export_game(request, install=False)
        assert project_files(repository) == before
    assert exported.started
    # With the native library built in the repository, its two files lie beside the game.
    files = [path for path in output.iterdir() if path.suffix not in (".so", ".dylib")]
    assert files == [exported.path]
    assert exported.size == sum(path.stat().st_size for path in output.iterdir())
    return exported.path


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in a folder for the time of the block."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def project_files(project: Path) -> dict[str, bytes | None]:
    """What an export in place would have changed."""
    names = ("project.godot", "export_presets.cfg")
    return {
        name: (project / name).read_bytes() if (project / name).exists() else None for name in names
    }


def start(command: list[str | Path], report: str, folder: Path) -> subprocess.Popen[str]:
    """Start an engine or a game that plays by itself, from a folder."""
    arguments = ["--headless", "--fixed-fps", "90", "--", f"--rl.episodes={EPISODES}"]
    return subprocess.Popen(
        [*map(str, command), *arguments, f"--rl.report={report}"],
        cwd=folder,
        env={**os.environ, "PWD": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(processes: list[subprocess.Popen[str]]) -> None:
    try:
        outputs = [process.communicate(timeout=180)[0] for process in processes]
    finally:
        for process in processes:
            process.kill()
    assert [process.returncode for process in processes] == [0] * len(processes), outputs


def test_the_game_plays_like_the_unexported_one(
    game: Path, walker: Path, repository: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "started from here"
    folder.mkdir()
    reports = [folder / "exported.json", folder / "unexported.json"]
    engine: list[str | Path] = [find_engine(install=False).path, "--path", repository, SCENE]
    running = [
        start([game], reports[0].name, folder),
        # Godot runs a project in the project's folder, so the report needs its whole path.
        start(
            [*engine, "--rl.action_repeat=9", f"--rl.onnx_model={walker}"], str(reports[1]), folder
        ),
    ]
    finish(running)
    exported, unexported = (json.loads(report.read_text()) for report in reports)
    assert exported["model"] == "res://godot_rl_policy/policy.onnx"
    assert len(exported["episodes"]) == EPISODES
    assert exported["episodes"] == unexported["episodes"]
    assert sum(row["info"]["is_success"] for row in exported["episodes"]) > EPISODES / 2
    differing = {key for key in exported if exported[key] != unexported[key]}
    assert differing <= {"model", "wall_time_s"}


def test_a_trainer_drives_the_game(game: Path, repository: Path, free_port: int) -> None:
    """The same actions lead to the same observations and rewards, exported or not."""
    common: dict[str, Any] = {"arenas": 2, "isolation": "worlds", "seed": 3, "action_repeat": 9}
    runs = []
    sources: list[dict[str, Any]] = [
        {"env_path": str(game)},
        {"project_path": str(repository), "scene_path": SCENE},
    ]
    for source in sources:
        env = GodotVecEnv(**source, **common, port=free_port, transport="binary", timeout_s=60.0)
        try:
            random = np.random.default_rng(0)
            steps = [env.reset()["obs"]]
            for _ in range(50):
                actions = random.uniform(-1.0, 1.0, (env.num_envs, 4)).astype(np.float32)
                observations, rewards, dones, _ = env.step(actions)
                steps += [observations["obs"], rewards, dones]
            assert env.num_envs == 2
            runs.append(steps)
        finally:
            env.close()
    assert runs[0][0].shape == (2, 32)
    assert not np.array_equal(runs[0][0], runs[0][-3])
    for exported, unexported in zip(*runs, strict=True):
        np.testing.assert_array_equal(exported, unexported)


def test_the_game_looks_for_no_trainer(game: Path) -> None:
    """A release build leaves the network alone unless --port asks for it."""
    try:
        listener = socket.create_server(("127.0.0.1", DEFAULT_PORT))
    except OSError:
        pytest.skip(f"port {DEFAULT_PORT} is in use on this machine")
    with listener:
        listener.setblocking(False)
        command = [str(game), "--headless", "--fixed-fps", "90", "--quit-after", "60"]
        result = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_policy_that_does_not_fit_is_refused_before_the_export(
    repository: Path, tmp_path: Path
) -> None:
    model = repository / "tests/godot/inference/models/shipped_12_64_64_4.onnx"
    template = tmp_path / "template"
    template.write_text("#!/bin/sh\necho 4.6.3.stable.x\n")
    template.chmod(0o755)
    engine = find_engine(install=False)
    template.write_text(f"#!/bin/sh\necho {engine.version_text}.stable.x\n")
    output = tmp_path / "out"
    request = ExportRequest(repository, output, model, SCENE, template=str(template))
    with pytest.raises(
        EngineStartError,
        match=r"does not start, before its export: .*takes an observation of 12 elements",
    ):
        export_game(request)
    assert list(output.iterdir()) == []


def test_what_cannot_be_exported_is_told(
    repository: Path, tmp_path: Path, walker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="no model at nowhere"):
        export_game(ExportRequest(repository, tmp_path, Path("nowhere.onnx")))
    checkpoint = tmp_path / "a.zip"
    checkpoint.write_text("")
    with pytest.raises(ModelError, match=r"a\.zip is no \.onnx file"):
        export_game(ExportRequest(repository, tmp_path, checkpoint))
    with pytest.raises(ProjectError, match=r"holds no project\.godot"):
        export_game(ExportRequest(tmp_path, tmp_path, walker))
    monkeypatch.setenv("SPACETIME_RL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(EngineNotFoundError, match="no export template for web"):
        export_game(ExportRequest(repository, tmp_path, walker), "web", install=False)


def test_the_scripts_presets_and_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    presets = tmp_path / "presets" / "export_presets.cfg"
    assert script.main(["--write_presets", str(presets)]) == 0
    assert "presets for Linux, Windows, macOS and Web" in capsys.readouterr().out
    assert presets.read_text().count('platform="') == 4
    with pytest.raises(UsageError, match="exists and is kept"):
        script.main(["--write_presets", str(presets)])
    with pytest.raises(UsageError, match="--output is missing"):
        script.main([])
    with pytest.raises(UsageError, match="--template is for one platform"):
        script.main(["--output", "x", "--platform", "all-presets", "--template", "y"])


def test_what_came_out_is_said_as_it_is(walker: Path, tmp_path: Path) -> None:
    """A menu as first scene plays nothing by itself; a plain release build takes no arguments."""
    made = ExportedGame(
        path=tmp_path / "a b" / "game",
        size=1,
        seconds=1.0,
        engine="4.6.3",
        template=Template(tmp_path, "linux", "--template"),
        started=True,
        physics_ticks=60,
        scene="res://menu.tscn",
    )
    plain = script.describe(ExportRequest(tmp_path, tmp_path, walker), made)
    assert "walker.onnx inside: it plays every agent, also those that enter later" in plain
    assert "res://menu.tscn" in plain
    assert "--env_path /" not in plain
    assert "--drivable" in plain
    drivable = script.describe(ExportRequest(tmp_path, tmp_path, walker, drivable=True), made)
    assert f"--env_path '{made.path}'" in drivable
    assert "--rl.episodes=20" in drivable


def test_other_names_of_the_flags(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"holds no project\.godot"):
        script.main(["--project_path", str(tmp_path), "--output", "x", "--scene_path", "a.tscn"])
