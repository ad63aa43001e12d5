"""One engine's part of a rollout: its observations normalised, its actions chosen, all noted.

Called by the collectors, in the trainer's process and in actors on other machines. It talks to no
engine: answers come in, actions go out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_training.envs.batches import BatchStep
from rl_training.envs.playing.draws import Draws
from rl_training.envs.playing.layers import Layers
from rl_training.envs.playing.scales import RunningScale, Scale, ScaleStart
from rl_training.envs.playing.sheet import Sheet, features
from rl_training.protocol.messages import Observations

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Actor:
    """The acting half of a policy; can be pickled.

    Attributes:
        keys: of the observation, in the order of the features; empty: all, as they come.
        latent: features to what the action's layer takes.
        action_net: that layer: means of a Gaussian, or logits.
        low: (columns,) least actions that are sent; None: they are sent as they were drawn.
        high: (columns,) greatest; None where `low` is.
        version: counts the policy's updates.
        stretches: actions are drawn in [-1, 1] and stretched to the bounds; else clipped to them.
    """

    keys: tuple[str, ...]
    latent: Layers
    action_net: Layers
    low: npt.NDArray[Any] | None = None
    high: npt.NDArray[Any] | None = None
    version: int = 0
    stretches: bool = False

    def sent(self, actions: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what the engine gets for (agents, columns) actions as they were drawn."""
        if self.low is None or self.high is None:
            return actions
        made: npt.NDArray[Any]
        if self.stretches:
            # As `BasePolicy.unscale_action` of Stable-Baselines3 rounds it.
            made = self.low + (0.5 * (actions + 1.0) * (self.high - self.low))
        else:
            made = np.clip(actions, self.low, self.high)
        return made


class Player:
    """Plays one engine through a rollout.

    Args:
        actor: who acts.
        draws: the rollout's random numbers.
        sheet: the rollout; the engine's rows are filled in.
        rows: of the engine, in the sheet and in the draws.
        starts: keys that are normalised, to what is known of them.
        raw_ends: `terminal_observation` stays as the engine told it; else it is normalised.

    Attributes:
        at: number of the next decision: so many were answered.
        infos: of each decision that was answered, one dictionary for each agent.
        scales: key to how each observation of the sheet was normalised.
        has_absent: a seat was empty at some time.
    """

    def __init__(
        self,
        actor: Actor,
        draws: Draws,
        sheet: Sheet,
        rows: slice,
        starts: Mapping[str, ScaleStart],
        raw_ends: bool = False,
    ) -> None:
        self.at = 0
        self.infos: list[list[dict[str, Any]]] = []
        self.scales: dict[str, list[Scale]] = {key: [] for key in starts}
        self.has_absent = False
        self._actor, self._draws, self._sheet, self._rows = actor, draws, sheet, rows
        self._running = {key: RunningScale(start) for key, start in starts.items()}
        self._raw_ends = raw_ends

    @property
    def is_done(self) -> bool:
        """All decisions were answered."""
        return self.at == self._sheet.steps

    def begin(self, obs: Observations, absent: Flags | None) -> None:
        """Take the observations before the first decision, which were counted already."""
        self._put(0, obs, absent)

    def act(self) -> npt.NDArray[Any]:
        """Return the (agents, columns) actions to send for the next decision."""
        actor, number, rows = self._actor, self.at, self._rows
        seen = features(self._sheet.obs, actor.keys, number, rows)
        actions = self._draws.draw(actor.action_net(actor.latent(seen)), number, rows)
        self._sheet.actions[number, rows] = actions
        return actor.sent(actions)

    def see(self, step: BatchStep, absent: Flags | None) -> None:
        """Take the observations of an answer; `act` may come at once, and `note` must come.

        Args:
            step: the engine's answer.
            absent: (agents,) True where a seat is empty now; None: nowhere.
        """
        self.at += 1
        self._put(self.at, step.obs, absent)

    def note(self, step: BatchStep) -> None:
        """Take the rest of the answer that was seen: what can wait while the engine is busy."""
        number, rows = self.at - 1, self._rows
        self._sheet.rewards[number, rows] = step.rewards
        self._sheet.dones[number, rows] = step.dones
        for row in [] if self._raw_ends else np.flatnonzero(step.dones).tolist():
            info = step.infos[row]
            info["terminal_observation"] = self._scaled(info["terminal_observation"])
        self.infos.append(step.infos)

    def _put(self, number: int, obs: Observations, absent: Flags | None) -> None:
        rows = self._rows
        if absent is not None and absent.any():
            self.has_absent = True
            self._sheet.absent[number, rows] = absent
        for key, values in obs.items():
            self._sheet.raw[key][number, rows] = values
            if key in self._running:
                running = self._running[key]
                if number > 0:
                    running.count(values if absent is None else values[~absent])
                running.normalise(values, self._sheet.obs[key][number, rows])
                self.scales[key].append(running.now)

    def _scaled(self, last: Mapping[str, Any]) -> dict[str, Any]:
        seen = dict(last)
        for key, running in self._running.items():
            seen[key] = np.empty(last[key].shape, np.float32)
            running.normalise(last[key], seen[key])
        return seen
