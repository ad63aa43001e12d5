"""`data collect --backend ray`: the episodes of one machine, whatever is lost; no Ray here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.commands.data_collect import main
from rl_training.commands.running import run_main
from rl_training.config.sections import ClusterSettings
from rl_training.data import TrajectoryStore
from rl_training.data.trajectory import Trajectory
from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.errors import ConfigError, UsageError
from rl_training.play.collecting.collector import DataCollector
from rl_training.play.collecting.on_cluster import ClusterCollector
from tests.python.envs.cluster.small_ray import SmallRay, small_ray

pytestmark = pytest.mark.usefixtures("no_process_left")

CLUSTER = ClusterSettings(backend="ray", engines_per_actor=2)


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    with small_ray(monkeypatch, "rl_training.envs.cluster.jobs") as ray:
        yield ray


def told(data: Sequence[Trajectory]) -> list[Any]:
    """Return what trajectories hold, by episode: they stand in the order in which they came."""
    return sorted(
        (one.meta["episode"], one.seed, one.truncated, one.infos, one.parameters, dict(one.meta))
        for one in data
    )


def arrays(data: Sequence[Trajectory]) -> list[Any]:
    """Return observations, actions and rewards by episode."""
    ordered = sorted(data, key=lambda one: int(one.meta["episode"]))
    return [
        [one.observations["obs"].tolist(), one.actions.tolist(), one.rewards.tolist()]
        for one in ordered
    ]


def test_the_data_is_that_of_one_machine_whatever_is_lost(
    ray: SmallRay, fake_game: Callable[..., str], free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three engines of two agents; a reward is what was done. A stretch for each episode.
    game = fake_game(pays=True, groups={"walkers": {"agents": 2}})
    settings = EnvSettings(env_path=game, port=free_port, num_envs=3, arenas=1)
    monkeypatch.setattr(JobActor, "stretch_s", 0.0)
    wind = {"difficulty": 0.25}
    kept: dict[str, Any] = {"seed": 7, "meta": {"scenario": "fake"}}

    def make() -> GodotVecEnv:
        env = GodotVecEnv.from_settings(settings)
        env.set_parameters(wind)
        return env

    with DataCollector(make, **kept) as collector:
        # With what is gone on with: its episodes have seeds of their own.
        collector.collect_episodes(8)
        here = list(collector.collect_episodes(11))

    def lose(done: int) -> None:
        if done == 3:
            ray.actors[0].die()

    with ClusterCollector(CLUSTER, settings, wind, on_episode=lose, **kept) as spread:
        spread.collect_episodes(8)
        assert spread.steps > 0
        there = list(spread.collect_episodes(11))
    assert len(ray.actors) == 3  # two, and the lost one's successor
    assert told(there[:8]) == told(here[:8])
    assert told(there[8:]) == told(here[8:])
    assert arrays(there[:8]) == arrays(here[:8])
    assert arrays(there[8:]) == arrays(here[8:])
    assert len({one.actions.tobytes() for one in there}) == 11
    assert here[0].parameters == {"difficulty": 0.25}


def test_the_command_writes_what_comes(
    ray: SmallRay, fake_game: Callable[..., str], free_port: int, tmp_path: Path
) -> None:
    words = ["--env_path", fake_game(), "--episodes", "5", "--num_envs", "2", "--arenas", "1"]
    words += ["--port", str(free_port)]
    files = {name: tmp_path / f"{name}.traj" for name in ("here", "there")}
    more = {"here": [], "there": ["--backend", "ray", "--engines_per_actor", "1"]}
    for name, file in files.items():
        given = [*words, *more[name], "--output", str(file)]
        assert run_main(lambda given=given: main(given)) == 0  # type: ignore[misc]
    assert len(ray.actors) == 2
    with TrajectoryStore(files["here"]) as here, TrajectoryStore(files["there"]) as there:
        assert len(there) == 5
        assert told(there) == told(here)
        assert arrays(there) == arrays(here)
        assert not np.array_equal(there[0].actions, there[1].actions)


def test_what_no_actor_can_play_is_refused(ray: SmallRay, tmp_path: Path) -> None:
    settings = EnvSettings(project_path=str(tmp_path), twin="some.module:Worlds")
    with pytest.raises(ConfigError, match="NumPy worlds need none: leave out --backend"):
        ClusterCollector(CLUSTER, settings, {})
    game = EnvSettings(env_path="game.x86_64")
    with (
        ClusterCollector(CLUSTER, game, {}) as collector,
        pytest.raises(UsageError, match=r"is a \.zip or \.onnx file"),
    ):
        collector.collect_episodes(1, lambda obs: obs)
    assert ray.actors == []
