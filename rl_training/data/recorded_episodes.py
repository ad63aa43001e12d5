"""Recorded episodes (`.replay`, docs/replay.md) as trajectories, one for each agent.

Called by `readers`; `recording` reads the file itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rl_training.data.recording import Recording, read_recording
from rl_training.data.trajectory import Trajectory
from rl_training.errors import DataError, RecordingError


def read_replay(path: Path) -> Iterator[Trajectory | DataError]:
    """Yield the episode of each agent of a recording, or what is wrong with it."""
    try:
        recording = read_recording(path)
    except RecordingError as error:
        raise DataError(str(error)) from error
    for agent in range(len(recording.agents)):
        try:
            yield _of_agent(recording, agent)
        except (RecordingError, DataError) as error:
            yield DataError(f"{path}: agent {agent}: {error}" if path.name not in str(error) else
                            str(error))  # fmt: skip


def _of_agent(recording: Recording, agent: int) -> Trajectory:
    header = recording.agents[agent]
    if not recording.decisions:
        raise DataError("the recording has no decision")
    episode = recording.trajectory(agent)
    observations, first = {}, 0
    for key, size in recording.header["agents"][agent]["observation"]:
        if size < 0:
            # Of an image only the hash is recorded.
            first += 1
            continue
        observations[str(key)] = episode["obs"][:, first : first + int(size)]
        first += int(size)
    if not observations:
        raise DataError("it recorded hashes of images only: collect images with `data collect`")
    actions = episode["actions"]
    info = dict(episode["info"])
    return Trajectory(
        observations=observations,
        actions=actions,
        rewards=np.asarray(episode["rewards"], np.float64),
        terminated=episode["terminated"],
        truncated=episode["truncated"],
        infos={len(actions) - 1: info} if info else {},
        seed=header.seed if header.begins_on_call else None,
        parameters=recording.parameters,
        meta={
            "source": recording.path.name,
            "episode": header.episode,
            "agent": agent,
            "policy": header.policy,
            "scene": str(recording.header["scene"]),
        },
    )
