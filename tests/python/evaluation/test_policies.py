"""A game of two policies on the real engine: rows tell who played, and each policy its figures."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import rl_training
from rl_training.gate.regression import check_regression
from rl_training.play.agents import below_root
from rl_training.reporting.report_text import summary

pytestmark = pytest.mark.engine

DUEL = "res://tests/python/evaluation/games/duel.tscn"
EPISODES = 12


def _mover(path: Path, towards: float) -> Path:
    """Write a policy that moves towards (or away from) the other one."""
    weights = np.array([[-towards], [towards]], dtype=np.float32)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["obs", "weights"], ["wish"]),
            helper.make_node("Tanh", ["wish"], ["output"]),
            helper.make_node("Identity", ["state_ins"], ["state_outs"]),
        ],
        "mover",
        [
            value("obs", TensorProto.FLOAT, ["batch", 2]),
            value("state_ins", TensorProto.FLOAT, ["batch"]),
        ],
        [
            value("output", TensorProto.FLOAT, ["batch", 1]),
            value("state_outs", TensorProto.FLOAT, ["batch"]),
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def _play(
    model: Path, repository: Path, *, in_engine: bool, arenas: int = 2
) -> rl_training.EvaluationReport:
    return rl_training.evaluate(
        rl_training.EvaluationRequest(
            model,
            scenario="custom",
            episodes=EPISODES,
            in_engine=in_engine,
            num_envs=2,
            arenas=arenas,
            project_path=str(repository),
            scene_path=DUEL,
            # Not the usual ports: an engine of another test may still call at those.
            port=21_000 + 2 * (os.getpid() % 4000),
        )
    )


@pytest.mark.parametrize("in_engine", [True, False], ids=["in_engine", "python"])
def test_rows_and_figures_of_each_policy(in_engine: bool, repository: Path, tmp_path: Path) -> None:
    report = _play(_mover(tmp_path / "m.onnx", 5.0), repository, in_engine=in_engine)
    assert report.num_episodes == EPISODES
    for row in report.episodes:
        # Every arena holds the same two, whatever engine it is in.
        name = ("Chaser", "Runner")[row.episode % 2]
        assert (row.agent, row.agent_path) == (row.episode % 2, f"{name}/Controller")
        assert row.policy == name.lower()
    chaser, runner = report.policies["chaser"], report.policies["runner"]
    assert chaser.num_episodes == runner.num_episodes == EPISODES // 2
    assert report.mean_reward == pytest.approx(0.0, abs=1e-9)
    assert chaser.mean_reward == pytest.approx(-runner.mean_reward)
    assert chaser.mean_reward < -1.0
    assert chaser.success_rate is not None
    assert runner.success_rate is not None
    assert chaser.success_rate + runner.success_rate == pytest.approx(1.0)
    assert chaser.metrics.keys() == {"gap"}
    assert "2 policies share these figures" in summary(report)


def test_both_modes_tell_the_same_and_the_gate_judges_each(
    repository: Path, tmp_path: Path
) -> None:
    model = _mover(tmp_path / "m.onnx", 5.0)
    engine = _play(model, repository, in_engine=True)
    python = _play(model, repository, in_engine=False, arenas=1)
    told = [
        [(row.seed, row.agent, row.agent_path, row.policy, row.length) for row in one.episodes]
        for one in (engine, python)
    ]
    assert told[0] == told[1]
    assert check_regression(python, engine).passed
    away = _play(_mover(tmp_path / "away.onnx", -5.0), repository, in_engine=True)
    assert away.mean_reward == pytest.approx(0.0, abs=1e-9)
    found = {
        each.metric: each.verdict for each in check_regression(away, engine, 0.05, 0.1).verdicts
    }
    assert found["runner/mean_reward"] == "ok"
    assert found["chaser/mean_reward"] == "worse"


@pytest.mark.parametrize(
    ("path", "below"),
    [
        ("/root/Main/Player/AIController3D", "Player/AIController3D"),
        ("/root/Main", "."),
        ("", ""),
        (None, ""),
        ("Player", ""),
    ],
)
def test_paths_are_those_below_the_scene(path: object, below: str) -> None:
    assert below_root(path) == below
