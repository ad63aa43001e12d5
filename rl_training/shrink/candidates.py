"""Plays many lists of actions in the real engine, one in each arena, from one recorded start.

Called by `shrinking`. Every episode of every arena begins as the recorded one (`--rl.begin_as=`);
an arena that is done with a list begins the next. Each arena is a world of its own, so that a list
shows the same in any of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from typing_extensions import Self

from rl_training.data.recording import Recording
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError
from rl_training.exploration.moment import Moment
from rl_training.exploration.world import World
from rl_training.shrink.delta import Actions
from rl_training.shrink.request import OF_PROCESS
from rl_training.shrink.rows import ActionRows

FINDING = "target_bug"
"""Kind of the finding that tells that a target has appeared, as in the addon's BugTarget."""


class CandidatePlayer:
    """Engines that play candidates. Use it in a `with` block.

    Args:
        settings: of the game; arenas and engines as many as candidates are to be played at once.
        recording: whose start all candidates have.
        path: the recording's file, for the engines.
        target: what is looked for.

    Raises:
        HarnessError: the game does not start.
        RecordingError: the scene has other agents than the recording.
    """

    def __init__(
        self, settings: EnvSettings, recording: Recording, path: Path, target: str
    ) -> None:
        self._target = target
        if target.partition(":")[0] in OF_PROCESS:
            settings = dataclasses.replace(settings, arenas=1)
        arguments = (f"--rl.begin_as={path.resolve()}", f"--rl.target_bug={target}")
        self._world = World(
            dataclasses.replace(
                settings,
                isolation="worlds",
                action_repeat=recording.action_repeat,
                seed=int(recording.header["env_seed"]),
                max_restarts=0,
                env_args=(*settings.env_args, *arguments),
            )
        )
        try:
            self._rows = ActionRows(recording, self._world.spans)
        except BaseException:
            self._world.close()
            raise
        self.decisions = 0

    def __call__(self, candidates: Sequence[Actions]) -> list[int | None]:
        """Play them; of each, how many decisions it took until the target appeared, or None.

        Raises:
            EngineDiedError: an engine failed.
        """
        world = self._world
        found: list[int | None] = [None] * len(candidates)
        waiting = list(range(len(candidates)))[::-1]
        playing: list[int | None] = [None] * world.arenas
        done = [0] * world.arenas
        world.begin({})
        for arena in range(world.arenas):
            playing[arena] = waiting.pop() if waiting else None
        while any(each is not None for each in playing):
            actions = np.zeros((world.arenas, world.width))
            for arena, candidate in enumerate(playing):
                if candidate is not None and world.is_playing(arena):
                    row = np.asarray(candidates[candidate][done[arena]], np.float64)
                    actions[arena] = self._rows.row(row)
            moments = world.step(actions)
            self.decisions += world.arenas
            if world.is_dead:
                raise EngineDiedError(_failure(moments))
            over: list[int] = []
            for arena, candidate in enumerate(playing):
                moment = moments.get(arena)
                if candidate is None or moment is None:
                    continue
                done[arena] += 1
                if self._shows(moment):
                    found[candidate] = done[arena]
                elif not moment.ended and done[arena] < len(candidates[candidate]):
                    continue
                if not moment.ended:
                    over.append(arena)
                playing[arena] = waiting.pop() if waiting else None
                done[arena] = 0
            # The next decision of these ends what is left of their episodes.
            world.cut([arena for arena in over if playing[arena] is not None])
        return found

    def _shows(self, moment: Moment) -> bool:
        return any(
            each["kind"] == FINDING and each.get("message") == self._target
            for each in moment.findings
        )

    def close(self) -> None:
        """End the engines."""
        self._world.close()

    def __enter__(self) -> Self:
        """Return the player."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """End the engines."""
        self.close()


def _failure(moments: dict[int, Moment]) -> str:
    for moment in moments.values():
        if moment.failure is not None:
            return f"the engine failed while candidates were played: {moment.failure.message}"
    return "the engine failed while candidates were played"
