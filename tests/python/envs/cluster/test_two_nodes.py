"""Two nodes of a cluster, both on this machine: one is lost in the middle of a rollout."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed")


from rl_training.config.sections import ClusterSettings
from rl_training.envs import EnvSettings
from rl_training.envs.cluster.connection import connected, import_ray
from rl_training.envs.cluster.own_node import OwnNode
from rl_training.envs.cluster.ray_vec_env import RayVecEnv
from rl_training.errors import UsageError
from tests.python.conftest import processes_left
from tests.python.free_learner import STEPS, learner

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.nightly,
    pytest.mark.skipif(os.name == "nt", reason="the fake game is a shell script"),
]

AGENTS = 2 * 4
Make = Callable[[], Any]


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    """Yield the address of a cluster without room for engines; tests add nodes."""
    import_ray(own=True)
    with (
        processes_left(patience_s=300.0),
        OwnNode(0) as node,
        # Before others join: this process is to hang on the head, which stays.
        connected(ClusterSettings(backend="ray", address=node.address), 0.0),
    ):
        yield node.address


@pytest.fixture
def make(head: str, fake_game: Callable[..., str], free_port: int) -> Iterator[Make]:
    made: list[Any] = []

    def env() -> Any:
        settings = EnvSettings(
            env_path=fake_game(pays=True),
            port=free_port,
            num_envs=2,
            arenas=2,
            max_restarts=2,
            seed=5,
            # Longer than the test: what is stopped must not be taken for stuck.
            timeout_s=1800.0,
        )
        chosen = ClusterSettings(backend="ray", address=head, nodes=3, engines_per_actor=1)
        made.append(RayVecEnv(settings, chosen))
        return made[-1]

    yield env
    for each in made:
        each.close()


def test_a_node_that_is_lost_costs_the_rollout_of_its_actors(
    head: str, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with OwnNode(1, joins=head) as one, OwnNode(1, joins=head) as other:
        env = make()
        lose_a_node(env, [one.pid, other.pid])
        env.close()
    assert "actor 1 (engine 1 on" in caplog.text
    assert "its rollout is collected again" in caplog.text


def lose_a_node(env: Any, nodes: list[int]) -> None:
    """Train; kill the node of actor 1 in the middle of a rollout; train on."""
    crew = env._crew
    on = [psutil.Process(facts.pid).ppid() for facts in crew.facts]
    assert sorted(on) == sorted(nodes), "an actor on each node"
    model = learner(env, batch=32)
    model.learn(STEPS * AGENTS)
    assert model.num_timesteps == STEPS * AGENTS
    assert env.restarts == []

    # Its engine answers no more, so the node is lost before the rollout is played.
    victim = crew.facts[1]
    for engine in psutil.Process(victim.pid).children(recursive=True):
        if any("fake_engine" in word for word in engine.cmdline()):
            engine.suspend()
    finished, happened = crew.finished, []

    def watched(*, wait: bool) -> Any:
        for actor, answer in finished(wait=wait):
            happened.append((actor, type(answer).__name__))
            yield actor, answer
            if len(happened) == 1:
                os.kill(on[1], signal.SIGKILL)

    crew.finished = watched
    model.learn(2 * STEPS * AGENTS, reset_num_timesteps=False)
    assert happened[:2] == [(0, "tuple"), (1, "ActorLostError")]
    assert model.num_timesteps == 3 * STEPS * AGENTS
    assert [(each.engine, each.error) for each in env.restarts] == [(1, "ActorLostError")]
    assert crew.facts[1].pid != victim.pid
    assert psutil.Process(crew.facts[1].pid).ppid() != on[1]


def test_too_few_nodes_is_one_line(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rl_training.envs.cluster.crew.PLACING_S", 2.0)
    with pytest.raises(UsageError, match=r"\d of 3 nodes have joined the cluster in 2 s: start"):
        make()
