"""A checkpoint: one zip with all that a run needs to go on, and that plain SB3 still loads.

Stable-Baselines3 writes its own zip (weights, optimiser, hyper-parameters); ours adds members that
`PPO.load` does not look at:

    spacetime_rl/meta.json         settings, scenario, seed, timesteps, commit, versions
    spacetime_rl/normaliser.npz    observation and return statistics (absent: none was used)
    spacetime_rl/rng.npz           states of the random generators
    spacetime_rl/recorded.npz      raw observations of the scene, for the certificate of an export
    spacetime_rl/callbacks.json    what the callbacks remember, by their names (absent: nothing)

The file appears whole or not at all. Like any SB3 zip it holds pickles: load only files you trust.
"""

from __future__ import annotations

import io
import json
import logging
import random
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from rl_training.checkpoints.normaliser import SINGLE, Array, Normaliser, Observation
from rl_training.checkpoints.numpy_names import either_numpy
from rl_training.checkpoints.sb3_classes import ALGORITHMS, algorithm_class, algorithm_of
from rl_training.errors import ModelError, nearest
from rl_training.runs.atomic import atomic_path
from rl_training.runs.provenance import commit, versions

logger = logging.getLogger(__name__)

FORMAT = 1
"""Version of our members: 1 since 0.1.0."""

_META = "spacetime_rl/meta.json"
_NORMALISER = "spacetime_rl/normaliser.npz"
_RNG = "spacetime_rl/rng.npz"
_RECORDED = "spacetime_rl/recorded.npz"
_CALLBACKS = "spacetime_rl/callbacks.json"
# Schedules are pickled functions, which another Python version cannot read; only training needs
# them, and it gives its own.
_SCHEDULES: dict[str, Any] = {"learning_rate": 0.0, "lr_schedule": lambda _: 0.0, "clip_range": 0.2}
# Only training needs it, and an algorithm makes room for all of it when it is loaded.
_NO_REPLAY: dict[str, Any] = {"buffer_size": 1}


@dataclass(frozen=True)
class CheckpointMeta:
    """What a checkpoint says about itself.

    Attributes:
        algorithm: name of the SB3 class.
        scenario: name of the scenario; empty when unknown.
        seed: of the run.
        timesteps: decisions of all agents together until now.
        config: the run's settings as `TrainConfig.to_dict` gives them.
        restarts: engines that failed and were replaced until now, resumed parts included.
        observation_names: observation key to the names of its elements; empty when unknown.
        scene: what the engine declared, as far as known: "actions" ({"key", "action_type", "size"}
            in the scene's order), "observation_stack" (how many of an agent's last observations are
            one), "scene", "action_repeat" and "physics_ticks_per_second".
        commit: of the harness's repository.
        versions: of Python and the packages.
        format: version of our members.
    """

    algorithm: str = "PPO"
    scenario: str = ""
    seed: int = 0
    timesteps: int = 0
    config: dict[str, Any] = field(default_factory=dict)
    restarts: int = 0
    observation_names: dict[str, list[str]] = field(default_factory=dict)
    scene: dict[str, Any] = field(default_factory=dict)
    commit: str = field(default_factory=commit)
    versions: dict[str, str] = field(default_factory=versions)
    format: int = FORMAT


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint.

    Attributes:
        model: the SB3 algorithm.
        normaliser: the observation statistics; None when the model takes raw observations.
        meta: what the file says about itself.
        recorded: raw observations of the scene; None when the file has none.
    """

    model: BaseAlgorithm
    normaliser: Normaliser | None
    meta: CheckpointMeta
    recorded: Observation | None = None


def save_checkpoint(
    path: Path,
    model: BaseAlgorithm,
    normaliser: Normaliser | None,
    meta: CheckpointMeta,
    callbacks: Mapping[str, Any] | None = None,
    recorded: Observation | None = None,
) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: the .zip file.
        model: the SB3 algorithm.
        normaliser: the observation statistics, if the model has any.
        meta: what the file says about itself.
        callbacks: what each callback remembers, as JSON can hold it.
        recorded: raw observations of the scene, (n, ...) or a dictionary of such.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    with atomic_path(path) as temporary:
        with open(temporary, "wb") as file:
            model.save(file)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_META, json.dumps(asdict(meta), indent=1))
            if normaliser is not None:
                archive.writestr(_NORMALISER, normaliser.to_bytes())
            archive.writestr(_RNG, _random_states())
            if callbacks:
                archive.writestr(_CALLBACKS, json.dumps(callbacks))
            if recorded is not None:
                by_key = recorded if isinstance(recorded, dict) else {SINGLE: recorded}
                buffer = io.BytesIO()
                arrays: dict[str, Any] = {f"obs/{key}": rows for key, rows in by_key.items()}
                np.savez(buffer, **arrays)
                archive.writestr(_RECORDED, buffer.getvalue())


def load_checkpoint(
    path: Path,
    env: VecEnv | None = None,
    custom_objects: dict[str, Any] | None = None,
    make: type[BaseAlgorithm] | None = None,
    *,
    warn: bool = True,
) -> Checkpoint:
    """Read a checkpoint, or a plain SB3 zip (with a warning, since that has no normaliser).

    Args:
        path: the .zip file.
        env: environment to go on training in; None: the model only predicts.
        custom_objects: stored attributes of the model to replace.
        make: subclass of the file's algorithm to load it as; None: the algorithm itself.
        warn: say so when the file is a plain SB3 zip.

    Raises:
        ModelError: the file is missing, damaged, not a model, or does not fit `env`.
    """
    meta, normaliser = read_meta(path, warn=warn), _read_normaliser(path)
    if make is None:
        if meta.algorithm not in ALGORITHMS:
            raise ModelError(
                f"{path} was trained with {meta.algorithm!r}; known: {', '.join(ALGORITHMS)}. "
                "Where a script has --algorithm, name the one that this is like"
            )
        make = algorithm_class(meta.algorithm)
    replaced = _SCHEDULES | (_NO_REPLAY if env is None else {}) | (custom_objects or {})
    try:
        with warnings.catch_warnings(), either_numpy():
            warnings.simplefilter("ignore")
            model = make.load(path, env=env, device="cpu", custom_objects=replaced)
    except Exception as error:
        # SB3 unpickles and rebuilds: a file of another kind can fail in any way.
        raise ModelError(f"cannot load {path}: {type(error).__name__}: {error}") from error
    return Checkpoint(model, normaliser, meta, read_recorded(path))


def read_meta(path: Path, *, warn: bool = True) -> CheckpointMeta:
    """Read only what a checkpoint says about itself; defaults for a plain SB3 zip.

    Args:
        path: the .zip file.
        warn: say so when it is a plain SB3 zip.

    Raises:
        ModelError: the file is missing, damaged or not a model.
    """
    members = _members(path)
    if _META not in members:
        if warn:
            logger.warning(
                "%s is a plain Stable-Baselines3 model: no normaliser, no settings in it", path
            )
        return CheckpointMeta(algorithm=_algorithm(path), commit="unknown", versions={})
    try:
        data = json.loads(_read(path, _META))
        meta = CheckpointMeta(**data)
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path} has an unreadable {_META}: {error}") from error
    if meta.format > FORMAT:
        raise ModelError(
            f"{path} has format {meta.format}, this harness reads up to {FORMAT}; update it"
        )
    return meta


def read_callbacks(path: Path) -> dict[str, Any]:
    """Return what the callbacks remembered, by their names; empty when the file has nothing.

    Raises:
        ModelError: the file is missing or damaged.
    """
    if _CALLBACKS not in _members(path):
        return {}
    try:
        state = json.loads(_read(path, _CALLBACKS))
    except ValueError as error:
        raise ModelError(f"{path} has an unreadable {_CALLBACKS}: {error}") from error
    if not isinstance(state, dict):
        raise ModelError(f"{path} has an unreadable {_CALLBACKS}: it is no object")
    return state


def read_recorded(path: Path) -> Observation | None:
    """Read only the raw observations of the scene; None when the file has none.

    Raises:
        ModelError: the file is missing, damaged or not a model.
    """
    if _RECORDED not in _members(path):
        return None
    try:
        with np.load(io.BytesIO(_read(path, _RECORDED)), allow_pickle=False) as arrays:
            by_key: dict[str, Array] = {
                name.removeprefix("obs/"): arrays[name] for name in arrays.files
            }
    except (ValueError, KeyError, OSError) as error:
        raise ModelError(f"{path} has an unreadable {_RECORDED}: {error}") from error
    return by_key[SINGLE] if list(by_key) == [SINGLE] else by_key


def restore_random_states(path: Path) -> None:
    """Set Python's, NumPy's and torch's generators to the states in a checkpoint, if it has any.

    Raises:
        ModelError: the states are damaged.
    """
    if _RNG not in _members(path):
        return
    try:
        with np.load(io.BytesIO(_read(path, _RNG)), allow_pickle=False) as states:
            gauss = float(states["python_gauss"])
            random.setstate(
                (
                    int(states["python_version"]),
                    tuple(int(word) for word in states["python_keys"]),
                    None if np.isnan(gauss) else gauss,
                )
            )
            keys, tail = states["numpy_keys"], states["numpy_tail"]
            np.random.set_state(("MT19937", keys, int(tail[0]), int(tail[1]), float(tail[2])))
            torch.set_rng_state(torch.from_numpy(states["torch"].copy()))
    except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
        raise ModelError(f"{path} has unreadable random states: {error}") from error


def _random_states() -> bytes:
    version, keys, gauss = random.getstate()
    legacy: Any = np.random.get_state(legacy=True)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        python_version=np.array(version),
        python_keys=np.array(keys, dtype=np.uint32),
        python_gauss=np.array(np.nan if gauss is None else gauss),
        numpy_keys=legacy[1],
        numpy_tail=np.array([legacy[2], legacy[3], legacy[4]], dtype=np.float64),
        torch=torch.get_rng_state().numpy(),
    )
    return buffer.getvalue()


def _read_normaliser(path: Path) -> Normaliser | None:
    if _NORMALISER not in _members(path):
        return None
    try:
        return Normaliser.from_bytes(_read(path, _NORMALISER))
    except (ValueError, KeyError, OSError) as error:
        raise ModelError(f"{path} has an unreadable {_NORMALISER}: {error}") from error


def _algorithm(path: Path) -> str:
    try:
        data = json.loads(_read(path, "data"))
    except ValueError as error:
        raise ModelError(f"{path} has unreadable settings: {error}") from error
    return algorithm_of(data) if isinstance(data, dict) else ""


def _members(path: Path) -> list[str]:
    if not path.is_file():
        siblings = [p.name for p in path.parent.glob("*.zip")] if path.parent.is_dir() else []
        raise ModelError(f"no model at {path}.{nearest(path.name, siblings)}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError) as error:
        raise ModelError(f"{path} is not a model: {error}") from error
    if "policies.json" in names:
        raise ModelError(
            f"{path} holds the policies of several groups ({path.name} is a policy set): take one "
            "out, or play them together"
        )
    if "data" not in names or "policy.pth" not in names:
        raise ModelError(f"{path} is a zip file but not a Stable-Baselines3 model")
    return names


def _read(path: Path, member: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(member)
    except (zipfile.BadZipFile, OSError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
