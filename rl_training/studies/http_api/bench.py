"""How fast the engine's HTTP API answers, and what it costs a training.

Called by `commands.study_http`. In each round, in turns: a trainer over TCP without the API; with
the API served; with the API asked 100 times a second; and the scene driven over HTTP alone.
"""

from __future__ import annotations

import dataclasses
import secrets
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from stable_baselines3.common.vec_env import VecEnv

from rl_training.envs import EnvSettings, GodotVecEnv, SubprocGodotVecEnv, make_vec_env
from rl_training.envs.http_api import EngineApi, HttpVecEnv, launch_engine

_POLL_S = 0.01
_WARM_UP = 20
_QUANTILES = (50, 95, 99, 100)


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        settings: of the engine.
        http_port: of the API beside a trainer.
        decisions: of each turn, of all arenas together.
        requests: whose time is taken while the trainer holds the tree.
        rounds: of all turns.
    """

    settings: EnvSettings
    http_port: int
    decisions: int = 400
    requests: int = 500
    rounds: int = 5


def measure(plan: Plan, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return decisions/s of an arena's step of each kind, their ratios to TCP alone, and latencies.

    Latencies are in ms at the quantiles 50, 95, 99 and 100: `held` are answers of `GET /status`
    while the trainer computes and the tree stands still; `training` those of `GET /health`, asked
    100 times a second while it steps.
    """
    kinds = ("tcp", "served", "polled", "http")
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    held: list[float] = []
    training: list[float] = []
    for number in range(plan.rounds):
        with _tcp(plan) as env:
            rates["tcp"].append(_rate(env, plan.decisions))
        token = secrets.token_hex(16)
        words = (f"--rl.http_port={plan.http_port}", f"--rl.http_token={token}", "--rl.http=true")
        url = f"http://127.0.0.1:{plan.http_port}"
        with _tcp(plan, words) as env:
            rates["served"].append(_rate(env, plan.decisions))
            with EngineApi(url, token) as api:
                held += [_timed(api.status) for _ in range(plan.requests)]
            rates["polled"].append(_polled(env, plan.decisions, url, token, training))
        with launch_engine(plan.settings) as game, HttpVecEnv([game.api]) as env:
            rates["http"].append(_rate(env, plan.decisions))
        say(f"round {number + 1} of {plan.rounds}: " + _line(rates))
    return {
        "agents": plan.settings.arenas,
        "rounds": plan.rounds,
        "load": round(float(psutil.getloadavg()[0]), 1),
        "steps_per_s": {kind: round(statistics.median(each), 1) for kind, each in rates.items()},
        "ratio_to_tcp": {
            kind: round(statistics.median(_ratios(each, rates["tcp"])), 3)
            for kind, each in rates.items()
        },
        "held_ms": _quantiles(held),
        "training_ms": _quantiles(training),
    }


def _tcp(plan: Plan, words: tuple[str, ...] = ()) -> GodotVecEnv | SubprocGodotVecEnv:
    return make_vec_env(dataclasses.replace(plan.settings, env_args=words))


def _rate(env: VecEnv, decisions: int) -> float:
    env.reset()
    actions = np.zeros((env.num_envs, *(env.action_space.shape or ())), np.float32)
    for _ in range(_WARM_UP):
        env.step(actions)
    began = time.perf_counter()
    for _ in range(decisions):
        env.step(actions)
    return decisions / (time.perf_counter() - began)


def _polled(env: VecEnv, decisions: int, url: str, token: str, told: list[float]) -> float:
    over = threading.Event()

    def ask() -> None:
        with EngineApi(url, token) as api:
            while not over.wait(_POLL_S):
                told.append(_timed(api.health))

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        return _rate(env, decisions)
    finally:
        over.set()
        asker.join()


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000.0


def _ratios(values: list[float], base: list[float]) -> list[float]:
    return [value / other for value, other in zip(values, base, strict=True)]


def _quantiles(values: list[float]) -> dict[str, float]:
    found = np.percentile(values, _QUANTILES)
    return {f"p{q}": round(float(value), 2) for q, value in zip(_QUANTILES, found, strict=True)}


def _line(rates: dict[str, list[float]]) -> str:
    return ", ".join(f"{kind} {each[-1]:.0f}/s" for kind, each in rates.items())
