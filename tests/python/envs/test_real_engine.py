"""Both environments on the real engine, with the fixture scenes of tests/godot."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from godot_rl.wrappers.stable_baselines_wrapper import StableBaselinesGodotEnv

from rl_training.engine import find_engine
from rl_training.engine.launch import EngineCommand, EngineProcess
from rl_training.envs import GodotVecEnv
from rl_training.errors import EngineDiedError, EngineStartError, HarnessError, ObservationError
from tests.python.envs.makers import Maker, build_vec_env, making

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("no_process_left")]

FIXTURES = "res://tests/godot/fixtures"
COUNTER = f"{FIXTURES}/counter_arena.tscn"
EPISODE_TICKS = 20


@pytest.fixture
def make(repository: Path, free_port: int) -> Iterator[Maker[Any]]:
    with making(
        build_vec_env,
        COUNTER,
        project_path=str(repository),
        port=free_port,
        timeout_s=30.0,
        arenas=2,
    ) as maker:
        yield maker


def zeros(env: Any) -> Any:
    return np.zeros((env.num_envs, 1), dtype=np.float32)


@pytest.mark.parametrize(
    ("kind", "action_repeat"), [("async", 1), ("async", 3), ("async", 8), ("subproc", 8)]
)
def test_episodes_of_the_counter(make: Maker[Any], kind: str, action_repeat: int) -> None:
    """The counter is rewarded 1 per tick and cut off after 20 ticks, whatever the repeat."""
    env = make(kind=kind, num_envs=2, action_repeat=action_repeat)
    assert env.num_envs == 4
    obs = env.reset()["obs"]
    assert (obs[:, 0] == 0).all()
    decisions = -(-EPISODE_TICKS // action_repeat)
    for _ in range(2):
        total = np.zeros(4)
        before = obs
        for decision in range(1, decisions + 1):
            actions = np.full((4, 1), decision / 100, dtype=np.float32)
            step_obs, rewards, dones, infos = env.step(actions)
            total += rewards
            assert dones.tolist() == [decision == decisions] * 4
            if decision < decisions:
                assert (step_obs["obs"][:, 0] == decision * action_repeat).all()
        assert (total == EPISODE_TICKS).all()
        for agent, info in enumerate(infos):
            final = info["terminal_observation"]["obs"]
            assert final[0] == EPISODE_TICKS
            assert final[2] == before[agent, 2]
            assert final[3] == pytest.approx(decisions / 100)
            assert info["TimeLimit.truncated"] is True
            assert info["metrics"] == {"ticks": EPISODE_TICKS}
        obs = step_obs["obs"]
        assert (obs[:, 0] == 0).all()


def courses(env: Any) -> list[list[float]]:
    """Return what each agent's first three episodes were drawn as."""
    drawn = [env.reset()["obs"][:, 2]]
    while len(drawn) < 3:
        obs, _, dones, _ = env.step(zeros(env))
        if dones.all():
            drawn.append(obs["obs"][:, 2])
    return [row.tolist() for row in np.array(drawn)]


def test_episodes_do_not_depend_on_how_arenas_are_spread(make: Maker[Any]) -> None:
    spread = make(num_envs=2, arenas=2, seed=11)
    first = courses(spread)
    spread.close()
    together = make(num_envs=1, arenas=4, seed=11)
    assert courses(together) == first
    assert len({value for row in first for value in row}) == 12


def test_seed_then_reset_plays_the_same_episodes(make: Maker[Any]) -> None:
    env = make(seed=3)
    first = courses(env)
    env.seed(4)
    assert courses(env) != first
    env.seed(3)
    assert courses(env) == first


@pytest.mark.parametrize("kind", ["async", "subproc"])
def test_arenas_play_the_levels_that_they_are_given(make: Maker[Any], kind: str) -> None:
    """The same level is the same episode in every arena and engine; numbered ones follow."""
    env = make(kind=kind, num_envs=2, seed=11)
    numbered = courses(env)
    env.seed(11)
    env.set_levels({0: [7], 1: [40, 7], 3: [7, 40]})
    played = courses(env)
    assert played[0][0] == played[1][1] == played[0][3] != numbered[0][0]
    assert played[0][1] == played[1][3]
    assert [row[2] for row in played] == [row[2] for row in numbered]  # arena 2 was given none
    # Episodes keep their numbers: after its level, arena 0 plays the second one.
    assert (played[1][0], played[2][1]) == (numbered[1][0], numbered[2][1])
    env.set_levels({0: [40, 40, 40]})
    env.set_levels({0: []})
    infos: list[Any] = []
    env.seed(11)
    env.set_levels({3: [2**31 - 1]})
    env.reset()
    while not infos:
        _, _, dones, told = env.step(zeros(env))
        infos = list(told) if dones.all() else []
    assert [info.get("level") for info in infos] == [None, None, None, 2**31 - 1]


def test_controllers_can_be_read_written_and_called(make: Maker[Any]) -> None:
    env = make(num_envs=2, arenas=1)
    env.set_attr("terminate_after", 5, indices=1)
    assert env.get_attr("terminate_after") == [0, 5]
    assert env.get_attr("policy_name") == ["shared_policy"] * 2
    assert not env.has_attr("wings")
    env.env_method("set_name", "Renamed", indices=[0])
    assert env.env_method("get_name")[0] == "Renamed"
    env.reset()
    _, rewards, dones, infos = env.step(zeros(env))
    assert dones.tolist() == [False, True]
    assert rewards.tolist() == [8.0, 5.0]
    assert infos[1]["TimeLimit.truncated"] is False


@pytest.mark.parametrize("kind", ["async", "subproc"])
def test_killed_engine_is_an_error_within_a_second(make: Maker[Any], kind: str) -> None:
    env = make(kind=kind, num_envs=2)
    env.reset()
    env.step(zeros(env))
    os.kill(engine_pids()[0], signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(EngineDiedError, match=r"ended in the middle of the run: .*SIGKILL"):
        play(env, 50)
    assert time.monotonic() - started < 1.0 + 1.0 * (kind == "subproc")


def play(env: Any, decisions: int) -> None:
    env.reset()
    for _ in range(decisions):
        env.step(zeros(env))


def engine_pids() -> list[int]:
    """Return the engines that this test started, oldest first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, IndexError):
            continue
        if COUNTER.encode() in words and descends_from_here(parent):
            found.append(int(folder.name))
    return sorted(found)


def descends_from_here(pid: int) -> bool:
    while pid > 1 and pid != os.getpid():
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return False
    return pid == os.getpid()


@pytest.mark.parametrize(
    ("scene", "error", "text"),
    [
        ("no_agent", EngineStartError, "no AIController in the scene"),
        ("faulty_action_type", EngineStartError, "action_type 'fuzzy'"),
        ("faulty_nan", ObservationError, "observation 'obs'.*speed.* is nan"),
        ("faulty_size", ObservationError, "has 2 elements, its declared size is 3"),
        ("faulty_reward", EngineDiedError, "the reward is inf"),
    ],
)
def test_faulty_scene_gives_one_clear_line(
    make: Maker[Any], scene: str, error: type[HarnessError], text: str
) -> None:
    started = time.monotonic()
    with pytest.raises(error, match=text) as caught:
        play(make(f"{FIXTURES}/{scene}.tscn", arenas=1), 10)
    assert "\n" not in str(caught.value)
    assert time.monotonic() - started < 30.0


def test_start_and_close_are_quick(make: Maker[Any]) -> None:
    make().close()  # the first one may import the project
    started = time.monotonic()
    env = make(num_envs=4)
    env.reset()
    ready = time.monotonic()
    env.close()
    closed = time.monotonic()
    print(f"4 engines: start {ready - started:.2f} s, close {closed - ready:.2f} s")
    # Aims are 1 s and 0.3 s on a machine that does nothing else.
    assert ready - started < 10.0
    assert closed - ready < 2.0


def test_stock_python_drives_our_addon(repository: Path, free_port: int, make: Maker[Any]) -> None:
    make().close()  # import
    command = EngineCommand(
        find_engine().path,
        project_path=repository,
        scene_path=COUNTER,
        fixed_fps=90,
        options=(("port", str(free_port)), ("env_seed", "0"), ("arenas", "3")),
    )
    processes: list[EngineProcess] = []

    def launch() -> None:
        time.sleep(0.5)  # the stock client listens only in its constructor
        processes.append(EngineProcess(command))

    thread = threading.Thread(target=launch)
    thread.start()
    try:
        env = StableBaselinesGodotEnv(port=free_port)
        assert env.num_envs == 3
        assert env.reset()["obs"].shape == (3, 4)
        for _ in range(5):
            obs, _, _, _ = env.step(zeros(env))
        assert np.isfinite(obs["obs"]).all()
        env.close()
        assert processes[0].wait(5.0) == 0
    finally:
        thread.join()
        processes[0].stop()


def test_worlds_isolation_and_a_forgotten_environment(make: Maker[Any]) -> None:
    env = make(isolation="worlds")
    assert isinstance(env, GodotVecEnv)
    assert env.env_info.harness is not None
    assert env.env_info.harness.isolation == "worlds"
    assert env.env_info.harness.arenas == 2
    play(env, 5)


@pytest.mark.parametrize(
    ("scene", "num_envs", "arenas", "total"),
    [("crowd_3d", 1, 8, 128), ("crowd_3d", 2, 4, 128), ("hermit_3d", 2, 64, 128)],
)
def test_without_arenas_the_agents_are_counted(
    make: Maker[Any], scene: str, num_envs: int, arenas: int, total: int
) -> None:
    """A scene of 16 agents became 2,048 agents, whose rollouts are too short to learn from."""
    env = make(f"res://tests/python/envs/games/{scene}.tscn", num_envs=num_envs, arenas=None)
    assert env.num_envs == total
    assert env.env_info.harness.arenas == arenas
    env.reset()
    assert len(set(env.get_attr("drawn_from"))) == total  # no two play the same episode
