"""quantize_model.py, distill_policy.py and compare_models.py as users start them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from stable_baselines3.common.vec_env import VecNormalize

from rl_training.checkpoints.checkpoint import CheckpointMeta, load_checkpoint, save_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.policy_export.onnx_export import export
from rl_training.runs.paths import RunPaths
from tests.python.learners import ppo_model
from tests.python.tiny_env import tiny_model

QUANTISE, DISTIL, COMPARE = "quantize_model", "distill_policy", "compare_models"
SHIPPED = Path(__file__).parents[1] / "godot" / "inference" / "models" / "shipped_12_64_64_4.onnx"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(name="teacher", scope="module")
def _teacher(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Path:
    """A policy that was not trained but moves about in the real scene: m.zip, beside it m.onnx."""
    folder = tmp_path_factory.mktemp("teacher")
    with GodotVecEnv(
        project_path=repository,
        scene_path="res://scenes/features/vr_locomotion_test.tscn",
        arenas=1,
        action_repeat=9,
    ) as env:
        wrapped = VecNormalize(env)
        model = ppo_model(wrapped, seed=3, timesteps=1000)
        wrapped.reset()
        for _ in range(50):
            wrapped.step(model.action_space.sample()[None])
        policy: Any = model.policy
        with torch.no_grad():
            policy.action_net.weight.mul_(12.0)
        meta = CheckpointMeta(seed=3, scenario="vr_locomotion")
        save_checkpoint(folder / "m.zip", model, Normaliser.of(wrapped), meta)
        export(model, Normaliser.of(wrapped), folder / "m.onnx", meta)
    return folder / "m.zip"


@pytest.mark.engine
def test_quantise_in_the_engine(run: Run, teacher: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.onnx"
    flags = ["--model", str(teacher.with_suffix(".onnx")), "--output", str(output), "--json"]
    code, out, err = run(QUANTISE, *flags, "--episodes", "2", "--samples", "64")
    assert code == 0, err
    report = json.loads(out)
    assert report["method"] == "weights"
    assert report["layers"] == 3
    before, after = report["models"]
    assert after["file_bytes"] == output.stat().st_size < before["file_bytes"]
    assert before["agreement"] is None
    assert after["agreement"]["observations"] == 64
    assert 0.0 < after["agreement"]["mean_abs_diff"] < 0.05
    for row in (before, after):
        assert row["timing"]["error"] == ""
        assert 0.0 < row["timing"]["forward_us"]["1"] < row["timing"]["forward_us"]["16"]
        assert row["play"]["num_episodes"] == 2
        assert 0.0 <= row["play"]["success_rate"] <= 1.0


@pytest.mark.engine
def test_distil_on_the_real_engine(run: Run, teacher: Path, tmp_path: Path) -> None:
    small = ("--hidden", "8", "--timesteps", "640", "--iterations", "4", "--updates", "40")
    where = ("--run_root", str(tmp_path), "--output", "tiny", "--num_envs", "1")
    code, out, err = run(
        DISTIL,
        *("--model", str(teacher), *small, *where, "--train_arenas", "8"),
        *("--episodes", "2", "--samples", "64", "--json"),
    )
    assert code == 0, err
    report = json.loads(out)
    paths = RunPaths("tiny", tmp_path)
    assert (report["model"], report["onnx"]) == (str(paths.final_model), str(paths.final_onnx))
    losses = [one["loss"] for one in report["iterations"]]
    assert losses[-1] < losses[0]
    checkpoint = load_checkpoint(paths.final_model)
    assert checkpoint.meta.scenario == "vr_locomotion"
    assert checkpoint.model.policy_kwargs["net_arch"] == [8]
    one, two = report["models"]
    assert two["file_bytes"] < one["file_bytes"]
    assert two["play"]["num_episodes"] == 2
    assert two["agreement"]["observations"] == 64


def test_quantise_without_playing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from rl_training.evaluation import model_comparison
    from rl_training.policy_export.in_engine_timing import EngineTiming

    monkeypatch.setattr(
        model_comparison, "time_in_engine", lambda models, *_, **__: [EngineTiming("x")] * 2
    )
    monkeypatch.setattr(model_comparison, "find_engine", lambda _: SimpleNamespace(path=SHIPPED))
    copy = tmp_path / "m.onnx"
    copy.write_bytes(SHIPPED.read_bytes())
    code, out, err = run(QUANTISE, "--model", str(copy), "--no-play", "--dynamic")
    assert code == 0, err
    assert "m_int8.onnx: 3 weights as int8 (dynamic)" in out
    assert "| float32 |" in out
    kinds = {node.op_type for node in onnx.load(str(tmp_path / "m_int8.onnx")).graph.node}
    assert "MatMulInteger" in kinds
    code, _, err = run(QUANTISE, "--model", str(tmp_path / "m_int8.onnx"), "--no-play")
    assert code == 2
    assert "is quantised already" in err


def _no_layers(path: Path) -> None:
    value = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n", 4]) for n in ("obs", "output")
    ]
    graph = helper.make_graph(
        [helper.make_node("Tanh", ["obs"], ["output"])], "g", value[:1], value[1:]
    )
    opset = helper.make_opsetid("", 17)
    path.write_bytes(
        helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    )


@pytest.mark.parametrize(
    ("script", "flags", "message"),
    [
        (QUANTISE, ["--model", "{tmp}/none.onnx"], "no model at"),
        (QUANTISE, ["--model", "{tmp}/text.onnx"], "is not an ONNX model"),
        (QUANTISE, ["--model", "{tmp}/plain.onnx"], "no dense layer"),
        (QUANTISE, ["--model", "{tmp}/m.zip"], "is not an ONNX model"),
        (QUANTISE, ["--model", "{ok}", "--output", "{ok}"], "would replace the model"),
        (QUANTISE, ["--model", "{ok}", "--scenario", "vr_locomotio"], "Did you mean"),
        (QUANTISE, ["--model", "{ok}", "--episodes", "0"], "episodes must be at least 1"),
        (QUANTISE, ["--model", "{ok}", "--output", "{tmp}/text.onnx/x.onnx"], "cannot write"),
        (QUANTISE, ["--model", "{ok}", "--dynamic", "--weights_only"], "not allowed with"),
        (QUANTISE, ["--model", "{ok}", "--episode", "5"], "Did you mean '--episodes'?"),
        (DISTIL, ["--model", "{tmp}/none.zip"], "no model at"),
        (DISTIL, ["--model", "{tmp}/m.pt"], "teacher must be a .zip checkpoint or an .onnx file"),
        (DISTIL, ["--model", "{tmp}/m.zip", "--scenario", "walk"], "no scenario 'walk'"),
        (
            DISTIL,
            ["--model", "{tmp}/m.zip", "--hidden", "0"],
            "net_arch.0 must be at least 1",
        ),
        (
            DISTIL,
            ["--model", "{tmp}/m.zip", "--beta_decay", "1.5"],
            "beta_decay must be less than 1",
        ),
        (DISTIL, ["--model", "{tmp}/m.zip", "--output", "a/b"], "experiment_name must be"),
        (DISTIL, ["--model", "{tmp}/m.zip", "--samples", "0"], "samples must be at least 1"),
        (COMPARE, ["--models", "{ok}", "{tmp}/none.onnx"], "no model at"),
        (COMPARE, ["--models", "{ok}", "--labels", "a", "b"], "2 labels for 1 models"),
    ],
)
def test_mistakes_are_one_line_exit_with_2_and_write_nothing(
    run: Run, script: str, flags: list[str], message: str, tmp_path: Path
) -> None:
    (tmp_path / "text.onnx").write_text("x")
    _no_layers(tmp_path / "plain.onnx")
    (tmp_path / "m.zip").write_bytes(b"PK")
    (tmp_path / "ok").mkdir()
    (tmp_path / "ok" / "m.onnx").write_bytes(SHIPPED.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    known = {"tmp": tmp_path, "ok": tmp_path / "ok" / "m.onnx"}
    code, out, err = run(script, *(flag.format(**known) for flag in flags))
    assert (code, out) == (2, "")
    lines = err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert message in lines[0]
    assert sorted(tmp_path.rglob("*")) == before


def test_a_policy_of_another_scene_cannot_teach(run: Run, tmp_path: Path, fake_game: Any) -> None:
    """The fake game speaks the real protocol; its observation has 4 elements, the model's 12."""
    model, env = tiny_model()
    save_checkpoint(tmp_path / "m.zip", model, Normaliser.of(env), CheckpointMeta())
    game = ("--scenario", "custom", "--env_path", fake_game(), "--num_envs", "1")
    flags = ("--model", str(tmp_path / "m.zip"), "--run_root", str(tmp_path / "root"))
    code, _, err = run(DISTIL, *flags, *game, "--train_arenas", "1")
    assert code == 2
    assert "does not fit the scene: Observation spaces do not match" in err.splitlines()[-1]
    assert not (tmp_path / "root").exists()


def test_a_student_of_a_game_that_speaks_the_protocol(
    run: Run, tmp_path: Path, fake_game: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = fake_game(agents=3)
    with GodotVecEnv(env_path=game, arenas=2) as env:
        wrapped = VecNormalize(env)
        model = ppo_model(wrapped, seed=1, timesteps=100)
        wrapped.reset()
        save_checkpoint(tmp_path / "m.zip", model, Normaliser.of(wrapped), CheckpointMeta())
    compared: list[Any] = []

    def compare(models: Any, *_: Any) -> tuple[Any, ...]:
        compared.extend(models)
        return ()

    monkeypatch.setattr("rl_training.evaluation.model_comparison.compare_models", compare)
    code, out, err = run(
        DISTIL,
        *("--model", str(tmp_path / "m.zip"), "--scenario", "custom", "--env_path", game),
        *("--num_envs", "1", "--train_arenas", "2", "--run_root", str(tmp_path)),
        *("--timesteps", "60", "--iterations", "2", "--updates", "5", "--hidden", "4", "4"),
    )
    assert code == 0, err
    paths = RunPaths("m_student_4x4", tmp_path)
    assert compared == [tmp_path / "m.zip", paths.final_onnx]
    assert "trained 60 steps" in out
    assert load_checkpoint(paths.final_model).meta.timesteps == 60
