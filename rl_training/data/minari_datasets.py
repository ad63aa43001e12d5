"""Minari datasets (Farama), out and in.

Called by `readers` and `converting`; needs the package `minari` of the extra `data`. Rewards,
ends, seeds and environment parameters (as reset options) are kept; of the infos only `is_success`.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.data.extras import require
from rl_training.data.spaces import action_space_of, observation_space_of
from rl_training.data.trajectory import DEFAULT_KEY, Trajectory
from rl_training.errors import DataError

_WHAT = "a Minari dataset"


def write_minari(name: str, trajectories: Sequence[Trajectory], scenario: str = "") -> Path:
    """Write a Minari dataset; Minari decides where (MINARI_DATASETS_PATH).

    Args:
        name: `(namespace/)(environment/)name(-vN)`.
        trajectories: of one form.
        scenario: told in the description.

    Returns:
        Its folder.

    Raises:
        DataError: trajectories differ, or the name is taken or unusable.
        UsageError: the package is missing.
    """
    minari = require("minari", _WHAT)
    buffers = [_buffer(minari, one) for one in trajectories]
    known = inspect.signature(minari.create_dataset_from_buffers).parameters
    # Pictures as they are; JPEG, its default, would change them.
    exact = {"jpeg_encoding": False} if "jpeg_encoding" in known else {}
    described = f"Episodes of {scenario}, " if scenario else "Episodes "
    try:
        with warnings.catch_warnings():
            # It misses authors and links, which its own commands can add.
            warnings.simplefilter("ignore", UserWarning)
            dataset = minari.create_dataset_from_buffers(
                dataset_id=name,
                buffer=buffers,
                observation_space=observation_space_of(trajectories),
                action_space=action_space_of(trajectories),
                description=f"{described}collected with SpaceTime RL.",
                data_format="hdf5",
                **exact,
            )
    except ValueError as error:
        raise DataError(f"Minari refuses {name}: {' '.join(str(error).split())}") from error
    return Path(dataset.storage.data_path).parent


def read_minari(name: str) -> Iterator[Trajectory | DataError]:
    """Yield the episodes of a local Minari dataset by its name.

    Raises:
        DataError: there is none of the name.
        UsageError: the package is missing.
    """
    minari = require("minari", _WHAT)
    try:
        dataset = minari.load_dataset(name)
    except Exception as error:
        # Minari raises what its storage does.
        raise DataError(f"no Minari dataset {name}: {' '.join(str(error).split())}") from error
    yield from _episodes(dataset, name)


def read_minari_folder(path: Path) -> Iterator[Trajectory | DataError]:
    """Yield the episodes of a Minari dataset by its folder (with `data/`, or that itself)."""
    minari = require("minari", _WHAT)
    folder = path / "data" if (path / "data").is_dir() else path
    try:
        dataset = minari.MinariDataset(folder)
    except Exception as error:
        raise DataError(f"{path} is no Minari dataset that can be read: {error}") from error
    yield from _episodes(dataset, path.name)


def _buffer(minari: Any, one: Trajectory) -> Any:
    buffer = require("minari.data_collector.episode_buffer", _WHAT).EpisodeBuffer
    steps = len(one)
    ends = np.zeros(steps, np.bool_)
    ends[-1] = True
    success = np.zeros(steps + 1, np.bool_)
    success[-1] = bool(one.success)
    # A step that neither ended nor was cut off would be no episode to Minari.
    cut_off = one.truncated or not one.terminated
    return buffer(
        seed=one.seed,
        options={"parameters": dict(one.parameters)} if one.parameters else None,
        observations=dict(one.observations),
        actions=one.actions,
        rewards=one.rewards.tolist(),
        terminations=list(ends & one.terminated),
        truncations=list(ends & cut_off),
        infos=None if one.success is None else {"is_success": success},
    )


def _episodes(dataset: Any, name: str) -> Iterator[Trajectory | DataError]:
    numbers = [int(number) for number in dataset.episode_indices]
    for number in numbers:
        try:
            episode = next(iter(dataset.iterate_episodes([number])))
            meta = next(iter(dataset.storage.get_episode_metadata([number])))
            yield _trajectory(episode, meta, name, number)
        except DataError as error:
            yield DataError(f"{name}: episode {number}: {error}")
        except (OSError, KeyError, ValueError, StopIteration) as error:
            yield DataError(f"{name}: episode {number} cannot be read: {error!r}")


def _trajectory(episode: Any, meta: dict[str, Any], name: str, number: int) -> Trajectory:
    seen = dict(_parts(episode.observations, ""))
    told = (episode.infos or {}).get("is_success")
    steps = len(episode.rewards)
    info = {} if told is None else {steps - 1: {"is_success": bool(np.ravel(told)[-1])}}
    options = meta.get("options") or {}
    parameters = options.get("parameters", {}) if isinstance(options, dict) else {}
    actions = dict(_parts(episode.actions, ""))
    if len(actions) > 1:
        joined = [a.reshape(steps, -1).astype(np.float32) for _, a in sorted(actions.items())]
        acted: Any = np.concatenate(joined, axis=1)
    else:
        acted = next(iter(actions.values()))
    return Trajectory(
        observations=seen,
        actions=acted,
        rewards=episode.rewards,
        terminated=bool(episode.terminations[-1]),
        truncated=bool(episode.truncations[-1]),
        infos=info,
        seed=meta.get("seed"),
        parameters={str(k): float(v) for k, v in parameters.items()},
        meta={"source": f"minari:{name}", "episode": number},
    )


def _parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield arrays of nested dictionaries and tuples by path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _parts(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from _parts(each, f"{path}.{number}" if path else str(number))
    else:
        yield path or DEFAULT_KEY, np.asarray(value)
