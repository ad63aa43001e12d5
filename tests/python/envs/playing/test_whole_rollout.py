"""A rollout that is played where the engines are is the one that the trainer would have played."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from stable_baselines3.common.callbacks import BaseCallback

from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.envs.group_commands import answer
from rl_training.envs.playing.draws import Draws
from rl_training.envs.playing.sheet import Arrays
from rl_training.envs.playing.whole_rollout import Lost, Played, Score
from tests.python.free_learner import STEPS, learner

pytestmark = pytest.mark.usefixtures("no_process_left")

ENGINES = 2
AGENTS = ENGINES * 4


class Away(GodotVecEnv):
    """Its engines are played by command: all that is given and told goes through pickle."""

    commands: int = 0
    new_engines_at: int = 0

    def play(
        self, score: Score, draws: Draws, before: Arrays
    ) -> Iterator[tuple[slice, list[slice], Played]]:
        group, rows, lost = self._open_group(), slice(0, self.num_envs), None
        self.commands += 1
        if self.commands == self.new_engines_at:
            lost = Lost(before, np.zeros(self.num_envs, np.bool_), 1)
            group.reset_engines(77)
        given = pickle.loads(pickle.dumps((score, draws.part(rows), lost)))
        kind, played, restarts = pickle.loads(pickle.dumps(answer(group, "rollout", given)))
        assert (kind, restarts) == ("ok", [])
        yield rows, group.blocks, played


class Notes(BaseCallback):
    """Keeps what callbacks see of each decision."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[dict[str, Any]] = []

    def _on_step(self) -> bool:
        names = ("new_obs", "rewards", "dones", "actions")
        arrays = {name: self.locals[name] for name in names}
        arrays["new_obs"] = arrays["new_obs"]["obs"]
        normalise: Any = self.model.get_vec_normalize_env()
        arrays["raw"] = normalise.get_original_obs()["obs"]
        kept: dict[str, Any] = {name: np.array(value) for name, value in arrays.items()}
        self.seen.append(kept | {"infos": self.locals["infos"]})
        return True


Make = Callable[..., tuple[Any, Notes]]


@pytest.fixture
def learn(fake_game: Callable[..., str], free_port: int) -> Make:
    def run(kind: type[GodotVecEnv], new_engines_at: int = 0, **behaviour: Any) -> Any:
        settings = EnvSettings(
            env_path=fake_game(**behaviour), port=free_port, num_envs=ENGINES, arenas=2, seed=5
        )
        with kind.from_settings(settings) as env:
            if isinstance(env, Away):
                env.new_engines_at = new_engines_at
            model = learner(env, batch=32)
            notes = Notes()
            model.learn(3 * STEPS * AGENTS, callback=notes)
            if isinstance(env, Away):
                assert env.commands == 3
        return model, notes

    return run


@pytest.mark.parametrize(
    "behaviour",
    [
        {"pays": True},
        {"actions": {"turn": {"action_type": "discrete", "size": 3}}},
        {"pays": True, "leave": {"agent": 1, "at": 4, "back": 9}},
    ],
    ids=["continuous", "choices", "empty seats"],
)
def test_one_seed_gives_one_run_wherever_it_is_played(
    learn: Make, behaviour: dict[str, Any]
) -> None:
    (here, seen_here), (there, seen_there) = (
        learn(kind, **behaviour) for kind in (GodotVecEnv, Away)
    )
    other = there.policy.state_dict()
    for key, value in here.policy.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), other[key].numpy(), err_msg=key)
    for name in ("mean", "var", "count"):
        one, two = (getattr(model.env.obs_rms["obs"], name) for model in (here, there))
        np.testing.assert_array_equal(one, two)
    assert here.num_timesteps == there.num_timesteps == 3 * STEPS * AGENTS
    assert len(seen_here.seen) == len(seen_there.seen) == 3 * STEPS
    ended = 0
    for one, two in zip(seen_here.seen, seen_there.seen, strict=True):
        for name in ("new_obs", "raw", "rewards", "dones", "actions"):
            np.testing.assert_array_equal(one[name], two[name], err_msg=name)
        for info, same in zip(one["infos"], two["infos"], strict=True):
            assert info["TimeLimit.truncated"] == same["TimeLimit.truncated"]
            assert ("episode" in info) == ("episode" in same)
            if "episode" in info:
                ended += 1
                last, other_last = info["terminal_observation"], same["terminal_observation"]
                np.testing.assert_array_equal(last["obs"], other_last["obs"])
                assert [info["episode"][key] for key in "rl"] == [
                    same["episode"][key] for key in "rl"
                ]
    assert ended > AGENTS


def test_new_engines_cut_off_the_episodes_of_the_old_ones(learn: Make) -> None:
    _, notes = learn(Away, new_engines_at=2, pays=True)
    cut = notes.seen[STEPS]
    assert cut["dones"].all()
    assert [info["engine_restart"] for info in cut["infos"]] == [1] * AGENTS
    assert all(info["TimeLimit.truncated"] for info in cut["infos"])
    # What was seen last is the terminal observation; then a new episode has begun.
    np.testing.assert_array_equal(cut["raw"][:, 1], np.zeros(AGENTS))
    others = [each["infos"] for i, each in enumerate(notes.seen) if i != STEPS]
    assert not any("engine_restart" in info for infos in others for info in infos)
