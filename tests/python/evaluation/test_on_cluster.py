"""`evaluate --backend ray`: the episodes are those of one machine; no Ray here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import PPO

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.commands import evaluate as command
from rl_training.config.sections import ClusterSettings
from rl_training.envs import GodotVecEnv
from rl_training.errors import ConfigError, UsageError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.request import EvaluationRequest
from rl_training.play.episodes import Episode
from tests.python.envs.cluster.small_ray import SmallRay, small_ray
from tests.python.tiny_env import tiny_vec_env

CLUSTER = ClusterSettings(backend="ray", engines_per_actor=2)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    with small_ray(monkeypatch, "rl_training.envs.cluster.jobs") as ray:
        yield ray


@pytest.fixture
def request_of(fake_game: Callable[..., str], free_port: int, tmp_path: Path) -> EvaluationRequest:
    # What a decision brings is the policy's first action.
    game, model = fake_game(pays=True), tmp_path / "model.zip"
    with GodotVecEnv(env_path=game, port=free_port, arenas=1) as env:
        policy = PPO("MultiInputPolicy", env, n_steps=8, batch_size=16, device="cpu", seed=1)
        save_checkpoint(model, policy, None, CheckpointMeta())
    # Three engines of two agents; the last ones play an episode less.
    return EvaluationRequest(
        model,
        scenario="custom",
        episodes=10,
        seed=7,
        num_envs=3,
        arenas=1,
        env_path=game,
        port=free_port,
    )


def told_by(episodes: list[Episode]) -> tuple[list[Episode], list[float]]:
    """Return episodes by index without their returns, and these: sums are rounded by batch."""
    ordered = sorted(episodes, key=lambda each: each.index)
    returns = [each.episode_return for each in ordered]
    return [replace(each, episode_return=0.0) for each in ordered], returns


@pytest.mark.usefixtures("no_process_left")
def test_the_report_is_that_of_one_machine_whatever_is_lost(
    request_of: EvaluationRequest, ray: SmallRay
) -> None:
    here: list[Episode] = []
    there: list[Episode] = []

    def lose(episode: Episode) -> None:
        there.append(episode)
        if len(there) == 1:
            # The actor of the third engine, before it has played.
            next(actor for actor in ray.actors if actor.first == 2).die()

    local = evaluate(request_of, here.append)
    spread = evaluate(replace(request_of, cluster=CLUSTER), lose)
    (episodes, returns), (others, other_returns) = told_by(here), told_by(there)
    assert [each.index for each in others] == list(range(10))
    assert others == episodes
    assert other_returns == pytest.approx(returns, rel=1e-5)
    assert len(set(returns)) > 5
    one, other = local.to_dict(), spread.to_dict()
    assert one.keys() == other.keys()
    for name in ("num_episodes", "seed", "mode", "model", "scenario", "mean_episode_length"):
        assert one.get(name) == other.get(name)
    assert len([actor for actor in ray.actors if actor.first == 2]) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"in_engine": True}, "--in_engine"),
        ({"record": Path("out")}, "--record"),
        ({"performance": True}, "--performance"),
        ({"actions": "sampled"}, "--actions sampled"),
    ],
)
def test_what_needs_this_machine_is_refused(
    tmp_path: Path, ray: SmallRay, changes: dict[str, Any], words: str
) -> None:
    model = tmp_path / "model.zip"
    save_checkpoint(
        model, PPO("MultiInputPolicy", tiny_vec_env(), device="cpu"), None, CheckpointMeta()
    )
    request = EvaluationRequest(model, scenario="custom", env_path="a.x86_64", cluster=CLUSTER)
    with pytest.raises(UsageError, match=f"{words} plays on this machine only: leave out"):
        evaluate(replace(request, **changes))
    assert ray.actors == []


def test_numpy_worlds_need_no_cluster(tmp_path: Path, ray: SmallRay) -> None:
    model = tmp_path / "m.onnx"
    model.touch()
    with pytest.raises(ConfigError, match="--simulator godot"):
        evaluate(EvaluationRequest(model, scenario="lunabotics", cluster=CLUSTER))
    assert ray.actors == []


def test_flags_say_where_the_engines_are() -> None:
    model = ["--model", "m.zip"]
    assert command.parse(model)[0].cluster is None
    assert command.parse([*model, "--backend", "local"])[0].cluster is None
    given = ["--backend", "ray", "--address", "auto", "--nodes", "3"]
    cluster = command.parse([*model, *given])[0].cluster
    assert cluster == ClusterSettings(backend="ray", address="auto", nodes=3)
    with pytest.raises(ConfigError, match="engines run locally: add --backend ray"):
        command.parse([*model, "--address", "auto"])
