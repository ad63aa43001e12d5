"""The scenario `multi_agent_vr` through the wire: groups, seats, who comes and goes, games.

What every scenario must be is tested in test_conformance.py.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rl_training.envs import GodotVecEnv
from rl_training.envs.groups import GroupStep
from rl_training.play.through_python import play as play_episodes
from tests.python.scenarios.random_play import open_scenario

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


def party(name: str = "multi_agent_vr", **changes: Any) -> GodotVecEnv:
    return open_scenario(name, **changes)


def play(env: GodotVecEnv, decisions: int) -> list[dict[str, GroupStep]]:
    generator = np.random.default_rng(0)
    env.reset_groups()
    steps = []
    for _ in range(decisions):
        actions = {
            name: generator.uniform(-1.0, 1.0, (len(group.agents), 4)).astype(np.float32)
            for name, group in env.groups.items()
        }
        steps.append(env.step_groups(actions))
    return steps


def test_one_policy_or_one_for_each_side() -> None:
    with party(arenas=2) as env:
        assert {name: len(group.agents) for name, group in env.groups.items()} == {"player": 8}
    with party("multi_agent_vr_tag", arenas=2) as env:
        sizes = {name: len(group.agents) for name, group in env.groups.items()}
        assert sizes == {"chaser": 2, "runner": 6}
        spaces = [group.observation_space for group in env.groups.values()]
        assert spaces[0] == spaces[1], "alike, so that they may share a policy"


def test_guests_come_and_go_while_the_others_play_on() -> None:
    came, went = 0, 0
    with party() as env:
        steps = play(env, 480)
    for step, following in itertools.pairwise(steps):
        before, after = step["player"], following["player"]
        hosts = np.arange(16) % 4 < 2
        assert after.present[hosts].all()
        changed = before.present != after.present
        came += int((changed & after.present).sum())
        went += int((changed & before.present).sum())
        # A seat can be told as taken for the one decision in which a round begins.
        for row in np.flatnonzero(changed & before.present & ~before.joined):
            assert before.dones[row] or after.dones[row], "who leaves ends its episode"
            assert "absent" in after.infos[row]
    assert came > 2
    assert went > 2


def test_a_chaser_that_stands_freezes_nobody() -> None:
    with party("multi_agent_vr_tag") as env:
        env.set_parameters({"round_seconds": 5.0, "players": 2.0, "guests_move": 0.0})
        env.reset_groups()
        ends = []
        for _ in range(52):
            still = {
                name: np.tile(np.array([0, 0, 0, -1], np.float32), (len(group.agents), 1))
                for name, group in env.groups.items()
            }
            step = env.step_groups(still)
            ends += [step["chaser"].infos[row] for row in np.flatnonzero(step["chaser"].dones)]
    assert len(ends) == 4
    for info in ends:
        assert info["TimeLimit.truncated"] is True
        assert info["is_success"] is False
        assert info["metrics"]["round_time"] == pytest.approx(5.0)


@pytest.mark.parametrize("name", ["multi_agent_vr", "multi_agent_vr_tag"])
def test_episodes_are_the_hosts_whoever_else_plays(name: str) -> None:
    still = Still()
    with party(name, arenas=2) as env:
        env.set_parameters({"round_seconds": 5.0})
        episodes = play_episodes(env, dict.fromkeys(env.groups, still), 8, seed=7)
    assert [episode.index for episode in episodes] == list(range(8))
    # Two of four seats are the hosts'; in tag the first of them chases.
    agents = [(one.index, one.policy) for one in (episode.agent for episode in episodes) if one]
    kinds = {"multi_agent_vr": ("player", "player"), "multi_agent_vr_tag": ("chaser", "runner")}
    assert agents == [(place, kinds[name][place]) for place in (0, 1)] * 4
    assert all(episode.length <= 50 for episode in episodes)


class Still:
    """Stands."""

    def begin(self, starts: Any) -> None:
        """Forget nothing: there is nothing."""

    def act(self, obs: Any) -> NDArray[np.float32]:
        """Return no movement for every row."""
        return np.zeros((len(obs["obs"]), 4), np.float32)
