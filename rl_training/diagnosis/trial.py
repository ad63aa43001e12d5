"""Play a game with random actions, once to look at and once more to compare."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rl_training.diagnosis.subject import ARENAS, Subject
from rl_training.engine.log_messages import ADDON
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.errors import HarnessError

_COMPARED = 200


@dataclass
class Trial:
    """What was seen, per decision.

    Attributes:
        names: of the elements of the flat observation.
        observations: (decisions, agents, elements) float32.
        rewards: (decisions, agents) float32.
        ends: (decisions, agents) bool: an episode ended.
        truncations: (decisions, agents) bool: it was cut off.
        agents: how many.
        start_s: seconds from launch to the first observation.
        decisions_per_s: of all agents together.
        seconds_per_decision: of simulated time; 0: unknown.
        script_error: the first run-time error of the game's scripts; empty: none.
        transport: "binary1" or "json".
        ticks_per_decision: physics ticks; 0: unknown.
        reset_after: each agent's limit of an episode in physics ticks; empty: unknown.
        warnings: what the addon warned of.
        about: engine and scene in a few words.
        images: the elements that are bytes of images, which learners scale.
        metrics: names that the game reported of ended episodes.
        reward_terms: the same of the reward's terms.
    """

    names: list[str]
    agents: int
    start_s: float
    about: str
    seconds_per_decision: float = 0.0
    transport: str = "json"
    decisions_per_s: float = 0.0
    script_error: str = ""
    ticks_per_decision: int = 0
    reset_after: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    images: tuple[range, ...] = ()
    metrics: set[str] = field(default_factory=set)
    reward_terms: set[str] = field(default_factory=set)
    observations: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 0), "f4"))
    rewards: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), "f4"))
    ends: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), "?"))
    truncations: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), "?"))


def play(subject: Subject, has_arenas: bool, decisions: int | None = None) -> Trial:
    """Start one engine and take random actions, the same at every call.

    Args:
        subject: the game.
        has_arenas: it carries our addon.
        decisions: how many; None: the subject's.

    Raises:
        HarnessError: the engine failed, or what it sends cannot be used.
    """
    began = time.monotonic()
    settings = subject.env_settings(ARENAS if has_arenas else None)
    with GodotVecEnv.from_settings(settings) as env:
        obs = env.reset()
        trial = _begin(env, time.monotonic() - began)
        trial.reset_after = _limits(env)
        env.action_space.seed(0)
        rows, rewards, ends, cuts = [_flat(obs)], [], [], []
        began = time.monotonic()
        for _ in range(subject.decisions if decisions is None else decisions):
            actions = np.array([env.action_space.sample() for _ in range(env.num_envs)])
            obs, reward, done, infos = env.step(actions)
            rows.append(_flat(obs))
            rewards.append(reward)
            ends.append(done)
            cuts.append([bool(info.get("TimeLimit.truncated")) for info in infos])
            for agent in np.flatnonzero(done):
                trial.metrics |= set(infos[agent].get("metrics") or ())
                trial.reward_terms |= set(infos[agent].get("reward_terms") or ())
        trial.decisions_per_s = len(rewards) * env.num_envs / (time.monotonic() - began)
        process = env.envs[0].process
        trial.script_error = "" if process is None else process.first_script_error()
        warned = env.engine_messages().warnings.texts
        trial.warnings = tuple(text for text in warned if ADDON in text)
    trial.observations = np.array(rows)
    trial.rewards = np.array(rewards)
    trial.ends = np.array(ends)
    trial.truncations = np.array(cuts)
    return trial


def longest_run(trial: Trial) -> tuple[int, int]:
    """Return the most decisions that an agent played without an end, and the agent."""
    longest, agent = 0, 0
    for number, ends in enumerate(trial.ends.T):
        marks = np.concatenate([[-1], np.flatnonzero(ends), [len(ends)]])
        run = int(np.diff(marks).max()) - 1
        if run > longest:
            longest, agent = run, number
    return longest, agent


def first_difference(one: Trial, other: Trial) -> str:
    """Return where two trials of the same actions differ first; empty: nowhere."""
    count = min(len(one.rewards), len(other.rewards))
    for step in range(count):
        if not np.array_equal(one.observations[step], other.observations[step]):
            agent, element = np.argwhere(one.observations[step] != other.observations[step])[0]
            return f"decision {step}, agent {agent}, {one.names[element]}"
        if not np.array_equal(one.rewards[step], other.rewards[step]):
            return f"decision {step}, the reward"
        if not np.array_equal(one.ends[step], other.ends[step]):
            return f"decision {step}, an episode's end"
    return ""


def compare(subject: Subject, has_arenas: bool, first: Trial) -> str:
    """Play again and return where it differs first; empty: nowhere."""
    again = play(subject, has_arenas, min(_COMPARED, len(first.rewards)))
    return first_difference(first, again)


def _begin(env: GodotVecEnv, start_s: float) -> Trial:
    info = env.env_info
    names: list[str] = []
    images: list[range] = []
    for part in info.observations.fields:
        size = int(np.prod(part.shape))
        named = list(part.names) if len(part.names) == size else [str(i) for i in range(size)]
        if part.kind == "image":
            images.append(range(len(names), len(names) + size))
        names += [f"{part.key}[{name}]" for name in named]
    harness = info.harness
    if harness is None:
        plugin = "godot-rl's plugin"
        return Trial(names, env.num_envs, start_s, plugin, images=tuple(images))
    return Trial(
        names,
        env.num_envs,
        start_s,
        f"{harness.scene}, Godot {harness.engine}",
        harness.action_repeat / harness.physics_ticks_per_second,
        harness.transport,
        ticks_per_decision=harness.action_repeat,
        images=tuple(images),
    )


def _limits(env: GodotVecEnv) -> tuple[int, ...]:
    """Return `reset_after` of the agents; empty where they do not tell."""
    with contextlib.suppress(HarnessError, TypeError, ValueError):
        return tuple(int(value) for value in env.get_attr("reset_after"))
    return ()


def _flat(obs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    parts = [array.reshape(len(array), -1).astype(np.float32) for array in obs.values()]
    return np.concatenate(parts, axis=1)
