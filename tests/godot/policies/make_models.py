"""Writes the policies of the tests beside this file, and what Stable-Baselines3 does with them.

Run from the development environment: `python tests/godot/policies/make_models.py [NAME ...]`. Each
model becomes `models/<name>.onnx` and `models/<name>.json`; both are committed, so that the
GDScript tests need no Python. The makers and their seeds stand in
tests/python/policy_export/policies.py.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from godot_rl.wrappers.onnx import stable_baselines_export
from stable_baselines3 import PPO

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.reference import decide, zero_state
from rl_training.policy_export.verify import verify
from tests.python.policy_export.policies import BRANCHES, CASES, VECTOR, SpacesEnv, make

FOLDER = Path(__file__).parent / "models"
PLAIN = (
    "ppo",
    "ppo_branches",
    "ppo_sde",
    "sac_uneven",
    "td3",
    "dqn",
    "ppo_hybrid",
    "ppo_scores",
    "sac_hybrid",
)
ROWS = 5
LENGTHS = (3, 5)
"""Episode lengths, in decisions, of the two agents of the recurrent policies."""
STEPS = 30


def main() -> int:
    """Write all models, or those that are named; each is verified on the way."""
    for name in sys.argv[1:] or (*PLAIN, "maskable", "recurrent", "recurrent_continuous"):
        model, normaliser = make(CASES[name])
        path = FOLDER / f"{name}.onnx"
        meta = CheckpointMeta(commit="", versions={})
        export(model, normaliser, path, meta)
        verify(path, model, normaliser)
        if "recurrent" in name:
            told = _sequence(model, normaliser)
        else:
            told = _rows(model, normaliser)
            if name == "maskable":
                told |= _masked(model, normaliser)
        _write(path, told)
    if not sys.argv[1:]:
        _godot_rls()
    return 0


def _write(path: Path, told: dict[str, Any]) -> None:
    path.with_suffix(".json").write_text(json.dumps(told, separators=(",", ":")) + "\n")


def _godot_rls() -> None:
    """What godot-rl's own exporter makes of discrete branches, and what SB3 chooses."""
    torch.manual_seed(4)
    env = SpacesEnv(VECTOR, BRANCHES)
    model = PPO("MlpPolicy", env, policy_kwargs={"net_arch": [16, 16]}, seed=4, device="cpu")
    last: Any = model.policy.action_net
    last.weight.data *= 100.0  # SB3 begins with nearly the same logits everywhere
    last.bias.data -= 3.0  # most are negative, as values often are
    path = FOLDER / "godot_rl_branches.onnx"
    # Its default exporter needs more packages than godot-rl asks for.
    with mock.patch.object(torch.onnx, "export", partial(torch.onnx.export, dynamo=False)):
        stable_baselines_export.export_model_as_onnx(model, str(path), use_obs_array=True)
    obs = np.random.default_rng(1).normal(scale=2.0, size=(20, 6)).astype(np.float32)
    actions, _ = model.predict(obs, deterministic=True)
    _write(path, {"obs": obs.tolist(), "actions": actions.tolist()})


def _rows(model: Any, normaliser: Any) -> dict[str, Any]:
    obs = np.random.default_rng(1).normal(scale=2.0, size=(ROWS, 6)).astype(np.float32)
    found = decide(model, normaliser, obs)
    told = {"obs": obs.tolist(), "output": found.output.tolist()}
    if found.mean is not None and found.deviation is not None:
        told |= {"mean": found.mean.tolist(), "std": found.deviation.tolist()}
    return told


def _masked(model: Any, normaliser: Any) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    obs = rng.normal(size=(40, 6)).astype(np.float32)
    masks = rng.random((40, 5)) < 0.5
    masks[:, 0] |= ~masks[:, :3].any(1)
    masks[:, 3] |= ~masks[:, 3:].any(1)
    normal = normaliser.normalise(obs)
    actions, _ = model.predict(normal, action_masks=masks, deterministic=True)
    free, _ = model.predict(normal, deterministic=True)
    return {
        "masked_obs": obs.tolist(),
        "masks": masks.astype(int).tolist(),
        "masked_actions": actions.tolist(),
        "free_actions": free.tolist(),
    }


def _sequence(model: Any, normaliser: Any) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    state = zero_state(model, len(LENGTHS))
    steps = []
    for step in range(STEPS):
        obs = rng.normal(size=(len(LENGTHS), 6)).astype(np.float32)
        starts = np.array([step % length == 0 for length in LENGTHS])
        found = decide(model, normaliser, obs, state, starts)
        assert found.state is not None
        state = found.state
        steps.append({"obs": obs.tolist(), "output": found.output.tolist()})
    return {"lengths": LENGTHS, "steps": steps}


if __name__ == "__main__":
    sys.exit(main())
