"""A whole rollout played beside the engines: what is given, what comes back, and the loop.

Called by actors of a cluster; `envs.cluster` carries it there and back. A step never crosses the
network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rl_training.envs.batches import EngineReset, cut_off
from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.playing.draws import Draws
from rl_training.envs.playing.player import Actor, Player
from rl_training.envs.playing.scales import Scale, ScaleStart, normalised
from rl_training.envs.playing.sheet import Arrays, Sheet

_PLAIN_INFO = "TimeLimit.truncated"


@dataclass(frozen=True)
class Score:
    """What all engines are played by in a rollout; can be pickled.

    Attributes:
        actor: who acts.
        starts: keys of the observation that are normalised, to what is known of them.
        steps: decisions.
        columns: of an action.
        dtype: of the actions.
        raw_ends: see `Player`.
    """

    actor: Actor
    starts: Mapping[str, ScaleStart]
    steps: int
    columns: int
    dtype: npt.DTypeLike
    raw_ends: bool = False


@dataclass(frozen=True)
class Lost:
    """Engines are new: their episodes of before are cut off in the first decision.

    Attributes:
        raw: key to (agents, ...), what they told last.
        absent: (agents,) bool, which seats were empty.
        restart: number of the restart in the run.
    """

    raw: Arrays
    absent: npt.NDArray[np.bool_]
    restart: int


@dataclass(frozen=True)
class Played:
    """A rollout of some engines; can be pickled.

    Attributes:
        raw, actions, rewards, dones: see `Sheet`.
        absent: see `Sheet`; None: nobody was ever absent.
        log_probs: see `Draws`.
        scales: key to (means, factors), each (steps + 1, engines, size): how `raw` was normalised.
        infos: of each decision, agent to its info where it says more than that nothing was cut off.
        version: of the policy that played.
    """

    raw: Arrays
    actions: npt.NDArray[Any]
    rewards: npt.NDArray[np.float32]
    dones: npt.NDArray[np.bool_]
    absent: npt.NDArray[np.bool_] | None
    log_probs: npt.NDArray[np.float32]
    scales: dict[str, Scale]
    infos: list[dict[int, dict[str, Any]]]
    version: int

    def write(
        self,
        sheet: Sheet,
        rows: slice,
        engines: Sequence[slice],
        starts: Mapping[str, ScaleStart],
    ) -> None:
        """Write it into the rollout of all engines.

        Args:
            sheet: of all engines.
            rows: of these engines in it.
            engines: rows of each of these engines in it.
            starts: see `Score`.
        """
        for key, values in self.raw.items():
            sheet.raw[key][:, rows] = values
        for key, (means, factors) in self.scales.items():
            for engine, own in enumerate(engines):
                scale = Scale(means[:, engine, None], factors[:, engine, None])
                raw, out = sheet.raw[key][:, own], sheet.obs[key][:, own]
                normalised(raw, scale, starts[key].clip, out)
        sheet.actions[:, rows] = self.actions
        sheet.rewards[:, rows] = self.rewards
        sheet.dones[:, rows] = self.dones
        if self.absent is not None:
            sheet.absent[:, rows] = self.absent

    def infos_at(self, number: int) -> list[dict[str, Any]]:
        """Return the infos of all these agents at a decision."""
        told = self.infos[number]
        return [told.get(agent) or {_PLAIN_INFO: False} for agent in range(self.dones.shape[1])]


def play(group: EngineGroup, score: Score, draws: Draws, lost: Lost | None) -> Played:
    """Play engines that owe no answer through a rollout; each goes on as soon as it answered.

    Args:
        group: the engines.
        score: what they are played by.
        draws: the random numbers of their agents.
        lost: what the engines were before they were started anew; None: they were not.

    Raises:
        HarnessError: an engine failed for good.
    """
    # What came through shared memory cannot be written to.
    draws.log_probs = draws.log_probs.copy()
    blocks = group.blocks
    lasts = [group.last(place) for place in range(len(blocks))]
    parts = [part.layouts[0] for part in lasts]
    like = {key: np.concatenate([each[key] for each in parts]) for key in parts[0]}
    sheet = Sheet.blank(like, score.starts, score.steps, score.columns, score.dtype)
    players = [
        Player(score.actor, draws, sheet, rows, score.starts, score.raw_ends) for rows in blocks
    ]
    for place, player in enumerate(players):
        if lost is None:
            player.begin(parts[place], lasts[place].absent)
        else:
            _begin_cut_off(player, lasts[place], lost, blocks[place])
        if not player.is_done:
            group.send_block(place, player.act())
    while not all(player.is_done for player in players):
        for place, step in group.receive_blocks():
            player = players[place]
            player.see(step, group.absent(place))
            if not player.is_done:
                group.send_block(place, player.act())
            player.note(step)
    return Played(
        raw=sheet.raw,
        actions=sheet.actions,
        rewards=sheet.rewards,
        dones=sheet.dones,
        absent=sheet.absent if any(player.has_absent for player in players) else None,
        log_probs=draws.log_probs,
        scales={key: _scales([player.scales[key] for player in players]) for key in score.starts},
        infos=[_told([player.infos[n] for player in players]) for n in range(score.steps)],
        version=score.actor.version,
    )


def _begin_cut_off(player: Player, fresh: Any, lost: Lost, rows: slice) -> None:
    before = EngineReset(
        ({key: each[rows] for key, each in lost.raw.items()},), [], lost.absent[rows]
    )
    player.begin(before.layouts[0], before.absent)
    player.act()  # reaches nobody, as the actions did that an engine got before it failed
    begun = EngineReset(fresh.layouts, fresh.infos, fresh.absent)
    step = cut_off(begun, before, lost.restart).flat
    player.see(step, fresh.absent)
    player.note(step)


def _scales(engines: Sequence[Sequence[Scale]]) -> Scale:
    return Scale(
        np.stack([[scale.mean for scale in each] for each in engines], axis=1),
        np.stack([[scale.factor for scale in each] for each in engines], axis=1),
    )


def _told(engines: Sequence[Sequence[dict[str, Any]]]) -> dict[int, dict[str, Any]]:
    infos = [info for each in engines for info in each]
    return {
        agent: info for agent, info in enumerate(infos) if len(info) > 1 or info.get(_PLAIN_INFO)
    }
