"""Prove that an exported model is the model: same raw observations in, same actions out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from stable_baselines3.common.base_class import BaseAlgorithm

from rl_training.checkpoints.normaliser import Normaliser
from rl_training.errors import HarnessError, ModelError
from rl_training.policy_export.layout import (
    ObservationPart,
    flatten,
    observation_parts,
    unflatten,
)
from rl_training.policy_export.reference import (
    Reference,
    State,
    decide,
    is_recurrent,
    state_rows,
    zero_state,
)

TOLERANCE = 1e-5
"""Largest difference between the exported and the trained policy; a share of the largest number
where that is above 1 (values of DQN), since float32 is no finer."""
SEQUENCE = 24
"""Decisions that a recurrent policy is followed for."""
AGENTS = 8
"""Agents that it is followed for, whose episodes begin at random."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Verification:
    """What a check found.

    Attributes:
        samples: observations compared.
        max_difference: largest difference of any output, as `TOLERANCE` has it.
    """

    samples: int
    max_difference: float


def open_session(path: Path) -> onnxruntime.InferenceSession:
    """Open an ONNX file in onnxruntime on one thread.

    Raises:
        ModelError: the file is missing or onnxruntime cannot run it.
    """
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # onnxruntime's exceptions share no base class.
        raise ModelError(f"{path} is not a usable ONNX model: {error}") from error


def run_session(session: onnxruntime.InferenceSession, obs: Array) -> Array:
    """Return `output` (n, actions) for raw flat observations (n, size) float32.

    A recurrent policy decides as at the start of an episode.
    """
    output: Array = run_policy(session, obs)["output"]
    return output


def run_policy(
    session: onnxruntime.InferenceSession, obs: Array, state: Array | None = None
) -> dict[str, Array]:
    """Return all outputs by name for raw flat observations (n, size).

    Args:
        session: of a policy.
        obs: (n, size).
        state: (n, state size) of a recurrent policy; None: zeros.
    """
    feed: dict[str, Array] = {"obs": obs.astype(np.float32)}
    for item in session.get_inputs():
        if item.name == "state_ins":
            shape = (len(obs), *item.shape[1:])
            feed["state_ins"] = np.zeros(shape, np.float32) if state is None else state
    names = [item.name for item in session.get_outputs()]
    return dict(zip(names, session.run(names, feed), strict=True))


def verify(
    path: Path,
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    recorded: Array | dict[str, Array] | None = None,
    samples: int = 256,
    seed: int = 0,
    *,
    channels_last: bool = False,
) -> Verification:
    """Compare the exported file with the trained policy on random and recorded observations.

    All outputs are compared. A recurrent policy is also followed over `SEQUENCE` decisions of
    `AGENTS` agents whose episodes begin at different times, each side with its own state.

    Args:
        path: the .onnx file.
        model: what it was exported from.
        normaliser: as given to the export.
        recorded: raw observations of the real scene, (n, size) or a dictionary of such.
        samples: how many random observations; half of them lie far outside of what is usual.
        seed: of the random observations.
        channels_last: as given to the export.

    Raises:
        HarnessError: the outputs differ by more than `TOLERANCE`.
    """
    parts = observation_parts(model.observation_space, channels_last)
    size = sum(part.size for part in parts)
    flat = random_observations(size, normaliser, samples, seed, parts)
    if recorded is not None:
        flat = np.concatenate([flat, flatten(recorded, parts)])
    session = open_session(path)
    expected = decide(model, normaliser, unflatten(flat, parts))
    difference = _difference(path, run_policy(session, flat), expected)
    count = len(flat)
    if is_recurrent(model):
        count += SEQUENCE * AGENTS
        obs = random_observations(size, normaliser, SEQUENCE * AGENTS, seed + 1, parts)
        difference = max(difference, _follow(path, session, model, normaliser, obs, parts, seed))
    if not difference <= TOLERANCE:
        raise HarnessError(
            f"{path} differs from the trained policy by {difference:.2e}, more than "
            f"{TOLERANCE:.0e}: do not ship it"
        )
    return Verification(count, difference)


def random_observations(
    size: int,
    normaliser: Normaliser | None,
    samples: int,
    seed: int,
    parts: tuple[ObservationPart, ...],
) -> npt.NDArray[np.float32]:
    """Return (samples, size) raw observations: the first half usual, the second far off."""
    generator = np.random.default_rng(seed)
    mean, deviation = np.zeros(size), np.ones(size)
    start = 0
    for part in parts:
        if normaliser is not None and part.key in normaliser.obs:
            stats = normaliser.obs[part.key]
            mean[start : start + part.size] = stats.mean.reshape(-1)
            deviation[start : start + part.size] = np.sqrt(stats.var.reshape(-1))
        start += part.size
    usual = mean + deviation * generator.standard_normal((samples - samples // 2, size))
    far = generator.uniform(-20.0, 20.0, (samples // 2, size))
    flat = np.concatenate([usual, far]).astype(np.float32)
    start = 0
    for part in parts:
        if part.kind != "vector":
            high = 256 if part.kind == "image" else part.choices
            flat[:, start : start + part.size] = generator.integers(0, high, (samples, part.size))
        start += part.size
    return flat


def _follow(
    path: Path,
    session: onnxruntime.InferenceSession,
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    flat: Array,
    parts: tuple[ObservationPart, ...],
    seed: int,
) -> float:
    generator = np.random.default_rng(seed)
    theirs: State = zero_state(model, AGENTS)
    ours = np.zeros_like(state_rows(theirs))
    worst = 0.0
    for step, rows in enumerate(np.split(flat, SEQUENCE)):
        starts = generator.random(AGENTS) < 0.1 if step else np.ones(AGENTS, dtype=np.bool_)
        expected = decide(model, normaliser, unflatten(rows, parts), theirs, starts)
        ours[starts] = 0.0
        found = run_policy(session, rows, ours)
        worst = max(worst, _difference(path, found, expected))
        ours = found["state_outs"]
        assert expected.state is not None
        theirs = expected.state
    return worst


def _difference(path: Path, found: dict[str, Array], expected: Reference) -> float:
    worst = 0.0
    for name, wanted in expected.by_output().items():
        given = found.get(name)
        if given is None or given.shape != wanted.shape:
            shape = None if given is None else given.shape
            raise HarnessError(f"{path} gives {name!r} {shape}, the policy {wanted.shape}")
        scale = max(1.0, float(np.max(np.abs(wanted))))
        difference = float(np.max(np.abs(given - wanted))) / scale
        worst = max(worst, difference) if np.isfinite(difference) else float("inf")
    return worst
