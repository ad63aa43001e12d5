"""An engine that fails in mid-run is replaced, its episodes count as cut off, the run goes on."""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.envs import EnvSettings, make_vec_env
from rl_training.envs.supervision import RESTART_WINDOW_S, RestartBudget, restart_seed
from rl_training.errors import (
    EngineDiedError,
    EngineFailure,
    EngineTimeoutError,
    HarnessError,
    ObservationError,
)

pytestmark = pytest.mark.usefixtures("no_process_left")

Build = Callable[..., Any]
EPISODE, PROGRESS, AGENT, SEED = range(4)


@pytest.fixture(params=["async", "subproc"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def build(kind: Any, fake_game: Callable[..., str], free_port: int, tmp_path: Path) -> Build:
    def make(
        num_envs: int = 2,
        timeout_s: float = 20.0,
        max_restarts: int = 5,
        only_first: bool = False,
        **behaviour: Any,
    ) -> Any:
        game = Path(fake_game(**behaviour))
        if only_first:
            make_healthy_but_once(game, free_port, tmp_path / "started")
        settings = EnvSettings(
            env_path=str(game),
            port=free_port,
            num_envs=num_envs,
            arenas=1,
            timeout_s=timeout_s,
            max_restarts=max_restarts,
        )
        return make_vec_env(settings, kind)

    return make


def make_healthy_but_once(game: Path, port: int, flag: Path) -> None:
    """Let only the first engine on `port` be killed at a step."""
    faulty = game.read_text().replace("#!/bin/sh\n", "")
    healthy = re.sub(r'"kill_step": \d+', '"kill_step": 0', faulty)
    assert healthy != faulty
    game.write_text(
        f"#!/bin/sh\ncase \"$*\" in *--port={port}*)\n[ -e '{flag}' ] || "
        f"{{ touch '{flag}'\n{faulty} }};;\nesac\n{healthy}"
    )


def step(env: Any) -> tuple[Any, Any, Any, Any]:
    obs, rewards, dones, infos = env.step(np.zeros((env.num_envs, 2), np.float32))
    return obs["obs"], rewards, dones, infos


def play(env: Any) -> None:
    for _ in range(20):
        step(env)


FAULTS: list[tuple[dict[str, Any], type[HarnessError], str]] = [
    ({"kill_step": 3}, EngineDiedError, "SIGKILL"),
    ({"die_step": 3}, EngineDiedError, "Division by zero"),
    ({"hang_step": 3, "timeout": 3.0}, EngineTimeoutError, "did not answer within 3 s"),
    ({"nan_step": 3}, ObservationError, "holds null"),
    ({"report_step": 3}, ObservationError, "holds NaN"),
    ({"raw_step": 3, "raw": "ffffffff"}, HarnessError, "4294967295 bytes"),
    ({"raw_step": 3, "raw": "03000000414243"}, HarnessError, "not JSON"),
]


@pytest.mark.parametrize(("behaviour", "error", "text"), FAULTS, ids=[f[2] for f in FAULTS])
def test_a_failed_engine_is_replaced(
    build: Build, behaviour: dict[str, Any], error: type[HarnessError], text: str
) -> None:
    behaviour = dict(behaviour)
    with build(
        num_envs=1,
        timeout_s=behaviour.pop("timeout", 20.0),
        episode_length=100,
        agents=3,
        **behaviour,
    ) as env:
        first = env.reset()["obs"]
        step(env)
        last, _, dones, _ = step(env)
        assert not dones.any()
        obs, rewards, dones, infos = step(env)

        assert dones.all()
        assert (rewards == 0.0).all()
        for agent, info in enumerate(infos):
            assert info["TimeLimit.truncated"]
            assert info["engine_restart"] == 1
            np.testing.assert_array_equal(info["terminal_observation"]["obs"], last[agent])
        # New episodes, which no other engine and no other restart plays.
        np.testing.assert_array_equal(obs[:, [EPISODE, PROGRESS]], 0.0)
        assert (obs[:, SEED] != first[:, SEED]).all()

        (restart,) = env.restarts
        assert text in restart.reason
        assert restart.engine == 0
        assert 0.0 < restart.downtime_s < 10.0
        assert restart.failure.pid > 0
        assert restart.failure.last_message == "step"
        assert restart.failure.log_tail[0].startswith("Fake engine")

        after, _, dones, infos = step(env)
        assert not dones.any()
        assert "engine_restart" not in infos[0]
        np.testing.assert_allclose(after[:, PROGRESS], 0.01)


def test_the_other_engines_go_on(build: Build) -> None:
    with build(episode_length=100, kill_step=3, only_first=True) as env:
        env.reset()
        for number in range(1, 6):
            obs, rewards, dones, _ = step(env)
            assert dones.tolist() == [number == 3, number == 3, False, False]
            np.testing.assert_allclose(obs[2:, PROGRESS], number / 100)
            assert (rewards[2:] > 0.0).all()
        assert [restart.engine for restart in env.restarts] == [0]


def test_all_engines_at_once(build: Build) -> None:
    with build(num_envs=3, kill_step=4, episode_length=100, max_restarts=6) as env:
        env.reset()
        dones = [step(env)[2].all() for _ in range(8)]
        # Both generations of engines die at their fourth step.
        assert dones == [False, False, False, True] * 2
        assert sorted(restart.engine for restart in env.restarts) == [0, 0, 1, 1, 2, 2]


def test_an_engine_that_dies_between_two_steps(
    fake_game: Callable[..., str], free_port: int
) -> None:
    settings = EnvSettings(
        env_path=fake_game(), port=free_port, num_envs=2, arenas=1, max_restarts=3
    )
    env: Any = make_vec_env(settings)
    with env:
        env.reset()
        step(env)
        os.kill(env.envs[1].process.pid, signal.SIGKILL)
        time.sleep(0.2)
        _, _, dones, infos = step(env)
        assert dones.tolist() == [False, False, True, True]
        assert "SIGKILL" in env.restarts[0].reason
        assert infos[3]["TimeLimit.truncated"]


def test_a_death_is_noticed_at_once_though_another_engine_hangs(
    fake_game: Callable[..., str], free_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    settings = EnvSettings(
        env_path=fake_game(hang_step=2),
        port=free_port,
        num_envs=2,
        arenas=1,
        max_restarts=3,
        timeout_s=3.0,
    )
    env: Any = make_vec_env(settings)
    with env, caplog.at_level(logging.WARNING):
        env.reset()
        step(env)
        env.step_async(np.zeros((4, 2), np.float32))
        os.kill(env.envs[1].process.pid, signal.SIGKILL)
        env.step_wait()
        died, hung = sorted(env.restarts, key=lambda restart: -restart.engine)
        assert "SIGKILL" in died.reason
        # Its replacement was started while the other one was still being waited for.
        assert died.failure.waited_s < 0.1 + 1.0  # the exit code is waited for
        assert died.downtime_s > 1.0
        assert "did not answer within 3 s" in hung.reason
    assert "started again in" in caplog.text


def test_reset_replaces_too(build: Build) -> None:
    with build(num_envs=1, kill_step=2) as env:
        env.reset()
        step(env)
        env.step_async(np.zeros((env.num_envs, 2), np.float32))
        assert env.reset()["obs"].shape == (2, 4)
        assert len(env.restarts) == 1
        step(env)


def test_the_limit_ends_the_run(build: Build) -> None:
    env = build(num_envs=1, kill_step=2, max_restarts=2)
    env.reset()
    started = time.monotonic()
    with pytest.raises(EngineDiedError, match=r"SIGKILL.*restarted 2 times .* --max_restarts") as e:
        play(env)
    assert time.monotonic() - started < 10.0
    assert e.value.failure is not None
    env.close()


def test_the_limit_counts_all_workers_together(build: Build) -> None:
    env = build(num_envs=2, kill_step=2, max_restarts=3)
    env.reset()
    with pytest.raises(EngineDiedError, match="restarted 3 times"):
        play(env)
    env.close()


def test_a_replacement_that_does_not_start_is_tried_again_and_then_ends_the_run(
    fake_game: Callable[..., str], free_port: int, tmp_path: Path
) -> None:
    game = Path(fake_game(kill_step=2))
    flag = tmp_path / "started_once"
    script = game.read_text().replace("#!/bin/sh\n", "")
    game.write_text(f"#!/bin/sh\n[ -e '{flag}' ] && exit 9\ntouch '{flag}'\n{script}")
    settings = EnvSettings(env_path=str(game), port=free_port, arenas=1, max_restarts=2)
    env: Any = make_vec_env(settings)
    env.reset()
    step(env)
    with pytest.raises(HarnessError, match=r"exited with code 9.*restarted 2 times"):
        step(env)


def test_an_engine_that_fails_at_once_twice_is_not_started_ten_times(build: Build) -> None:
    env = build(num_envs=1, die_step=1, max_restarts=10)
    env.reset()
    reason = r"Division by zero.*failed 2 times in turn without a single decision"
    with pytest.raises(EngineDiedError, match=reason):
        play(env)
    assert env.settings.max_restarts == 10
    env.close()


def test_the_budget_is_a_rate() -> None:
    now = [0.0]
    budget = RestartBudget(2, lambda: now[0])
    failure = EngineFailure(0, 1, 2, -9, 0.1, "step")
    error = EngineDiedError("gone")
    error.failure = failure
    budget.spend(error)
    now[0] = RESTART_WINDOW_S - 1.0
    budget.spend(error)
    with pytest.raises(EngineDiedError, match="gone; engines were restarted 2 times") as raised:
        budget.spend(error)
    assert raised.value.failure is failure
    now[0] = RESTART_WINDOW_S + 1.0
    budget.spend(error)
    with pytest.raises(EngineDiedError):
        budget.spend(error)


def test_without_a_budget_the_first_failure_is_raised_as_it_is() -> None:
    error = EngineDiedError("gone")
    with pytest.raises(EngineDiedError) as raised:
        RestartBudget(0).spend(error)
    assert raised.value is error


def test_seeds_of_restarts_differ() -> None:
    seeds = {restart_seed(seed, number) for seed in range(20) for number in range(1, 100)}
    assert len(seeds) == 20 * 99
    assert all(0 <= seed < 2**31 for seed in seeds)
