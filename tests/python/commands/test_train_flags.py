from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rl_training.commands.train_flags import training_config
from rl_training.config import TrainConfig
from rl_training.errors import ConfigError, ModelError, SceneNotFoundError
from rl_training.runs.paths import RunPaths
from rl_training.scenarios import get_scenario
from rl_training.training.configuration import save_config
from rl_training.training.environment import env_settings


def _parse(*argv: str) -> TrainConfig:
    return training_config(list(argv), "vr_locomotion", "trains")


def test_the_contracts_flags() -> None:
    config = _parse(
        *("--timesteps", "5000", "--num_envs", "3", "--save_frequency", "1000"),
        *("--experiment_name", "walk", "--viz", "--seed", "4", "--arenas", "2"),
        *("--isolation", "worlds", "--no-export_onnx", "--vec_env", "subproc"),
    )
    assert (
        config.training.timesteps,
        config.environment.num_envs,
        config.training.save_frequency,
    ) == (5000, 3, 1000)
    assert (config.experiment_name, config.environment.viz, config.seed) == ("walk", True, 4)
    assert (
        config.environment.arenas,
        config.environment.isolation,
        config.training.export_onnx,
    ) == (2, "worlds", False)
    assert config.environment.vec_env == "subproc"
    assert config.scenario == "vr_locomotion"


@pytest.mark.parametrize(
    ("flag", "exports"),
    [("--export_onnx", True), ("--no-export_onnx", False), ("--no_export_onnx", False)],
)
def test_spellings_of_the_export_switch(flag: str, exports: bool) -> None:
    assert _parse(flag).training.export_onnx is exports


@pytest.mark.parametrize(
    ("flags", "kept"),
    [((), 0), (("--record_failures",), 100), (("--record_failures", "7"), 7)],
)
def test_failures_are_recorded_beside_the_logs(
    flags: tuple[str, ...], kept: int, tmp_path: Path
) -> None:
    config = _parse(*flags, "--num_envs", "2", "--run_root", str(tmp_path))
    assert config.environment.record_failures == kept
    arguments = env_settings(config, get_scenario("vr_locomotion")).env_args
    if kept == 0:
        assert not any(word.startswith("--record") for word in arguments)
        return
    folder = RunPaths("vr_locomotion", tmp_path).failures
    assert folder.parent == RunPaths("vr_locomotion", tmp_path).logs
    # Each of the two engines keeps its share.
    wanted = {f"--record={folder}", f"--record_failures={(kept + 1) // 2}", "--record_detail=light"}
    assert wanted <= set(arguments)


@pytest.mark.parametrize(
    ("flags", "pinned"), [((), None), (("--pin_cores",), True), (("--no-pin_cores",), False)]
)
def test_pinning_is_left_to_the_game_unless_said(
    flags: tuple[str, ...], pinned: bool | None
) -> None:
    config = _parse(*flags)
    assert config.environment.pin_cores is pinned
    assert env_settings(config, get_scenario("vr_locomotion")).pin_cores is pinned


def test_ppo_flags_reach_the_settings() -> None:
    config = _parse("--learning_rate", "0.01", "--net_arch", "32", "16", "--n_steps", "64")
    assert config.algorithm.learning_rate == 0.01
    assert config.network.net_arch == (32, 16)
    assert config.algorithm.to_dict()["n_steps"] == 64


def test_the_experiment_is_named_after_its_scenario() -> None:
    assert _parse("--scenario", "custom").experiment_name == "custom"


def test_users_mistakes_are_our_errors() -> None:
    with pytest.raises(SceneNotFoundError, match="Did you mean 'vr_locomotion'"):
        _parse("--scenario", "vr_locomotio")
    with pytest.raises(ConfigError, match=r"training\.timesteps must be at least 1"):
        _parse("--timesteps", "0")
    with pytest.raises(SystemExit) as ended:
        _parse("--timestep", "5")
    assert ended.value.code == 2


def test_a_resumed_run_keeps_its_settings(tmp_path: Path) -> None:
    paths = RunPaths("walk", tmp_path)
    first = _parse("--seed", "9", "--gamma", "0.5", "--timesteps", "100", "--port", "12000")
    save_config(paths, first.replace({"experiment_name": "walk", "viz": True}))
    paths.final_model.parent.mkdir()
    paths.final_model.write_text("x")
    root = ("--run_root", str(tmp_path), "--experiment_name", "walk", "--resume")
    again = _parse(*root, "--timesteps", "200")
    assert (again.seed, again.algorithm.gamma, again.training.timesteps) == (9, 0.5, 200)
    assert (again.training.resume, again.environment.viz, again.environment.port) == (
        True,
        False,
        None,
    )
    assert _parse(*root, "--gamma", "0.6").algorithm.gamma == 0.6
    paths.config.write_text("{broken")
    with pytest.raises(ConfigError, match="cannot read the run's settings"):
        _parse(*root)


def test_parameters_of_a_run(tmp_path: Path) -> None:
    file = tmp_path / "my.yaml"
    file.write_text("parameters: {wind: 1, fog: 'uniform(0, 1)', sun: 2}\n")
    words = ["wind=gaussian(0, 1)", "rain=schedule(0, 0, 1000, 1)", "fog=null", "mass=3"]
    flags = [word for each in words for word in ("--parameter", each)]
    config = _parse("--scenario", "memory", "--config", str(file), *flags)
    assert {name: str(value) for name, value in config.parameters.items()} == {
        "sun": "2.0",
        "wind": "gaussian(0, 1)",
        "rain": "schedule(0, 0, 1000, 1)",
        "mass": "3.0",
    }
    paths = RunPaths("walk", tmp_path)
    save_config(paths, config.replace({"experiment_name": "walk"}))
    paths.final_model.parent.mkdir()
    paths.final_model.write_text("x")
    root = ("--run_root", str(tmp_path), "--experiment_name", "walk", "--resume")
    again = _parse(*root, "--parameter", "sun=null")
    assert again.parameters.names == ("wind", "rain", "mass")
    with pytest.raises(ConfigError, match="--parameter wind must be a number or a sampler"):
        _parse("--parameter", "wind=strong")


def test_a_file_that_names_a_project_speaks_of_no_scenario_of_ours(tmp_path: Path) -> None:
    file = tmp_path / "game.yaml"
    file.write_text("environment: {project_path: game, scene_path: 'res://level.tscn'}\n")
    config = _parse("--config", str(file))
    assert (config.scenario, config.experiment_name) == ("custom", "game-level")
    assert config.actions.log_std_final is None
    assert _parse("--config", str(file), "--scenario", "memory").scenario == "memory"


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing to resume"):
        _parse("--run_root", str(tmp_path), "--resume")


def test_help_shows_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _parse("--help")
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--save_frequency N Timesteps between two checkpoints (default: 100000)" in text
    assert "SUPPRESS" not in text


def test_settings_are_read_without_torch() -> None:
    """Mistakes in them, and --show_config, come at once."""
    program = (
        "import sys\n"
        "from rl_training.commands.train_flags import parse_training\n"
        "parse_training(['--algorithm', 'sac'], 'vr_locomotion', '')\n"
        "print([name for name in ('torch', 'stable_baselines3') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout.strip()) == (0, "[]"), ran.stderr
