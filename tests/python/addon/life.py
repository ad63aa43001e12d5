"""The game of life_project, as tests start it: its copy, its policy, its last word."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PROJECT = Path(__file__).with_name("life_project")
# A game in training mode looks for a trainer on the default port, where another test's may listen.
NOBODY = "--rl.host=127.0.0.9"
REPOSITORY = Path(__file__).parents[3]


def copy_game(folder: Path) -> Path:
    """Copy the game and the addon into a folder that is not there yet, with a policy."""
    shutil.copytree(PROJECT, folder)
    shutil.copytree(REPOSITORY / "addons" / "godot_rl", folder / "addons" / "godot_rl")
    write_policy(folder / "policy.onnx")
    return folder


def write_policy(path: Path) -> Path:
    """Write a policy of 3 observations, one continuous action and one of two choices."""
    weights = np.array([[0.5, 1, 0], [-0.5, 0, 1], [0.3, 0, 0.5]], np.float32)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["obs", "weights"], ["output"]),
            helper.make_node("Identity", ["state_ins"], ["state_outs"]),
        ],
        "life",
        [
            value("obs", TensorProto.FLOAT, ["batch", 3]),
            value("state_ins", TensorProto.FLOAT, ["batch"]),
        ],
        [
            value("output", TensorProto.FLOAT, ["batch", 3]),
            value("state_outs", TensorProto.FLOAT, ["batch"]),
        ],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def play(command: list[str | Path], *words: str, limit_s: float = 120.0) -> dict[str, Any]:
    """Play the game to its own end and return what it tells, with "output" and "code".

    Args:
        command: the engine with the project, or the exported game.
        words: `mode=onnx`, `ticks=3000`, `faults`, and others that director.gd reads.
        limit_s: seconds after which the process is killed and the test fails.
    """
    result = subprocess.run(
        [*map(str, command), "--headless", "--fixed-fps", "60", *words],
        capture_output=True,
        text=True,
        timeout=limit_s,
    )
    output = result.stdout + result.stderr
    told: dict[str, Any] = {"code": result.returncode, "output": output}
    for line in output.splitlines():
        if line.startswith("LIFE "):
            told |= json.loads(line.removeprefix("LIFE "))
    return told
