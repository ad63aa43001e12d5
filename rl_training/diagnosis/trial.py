"""Play a game with random actions, once to look at and once more to compare."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rl_training.diagnosis.subject import ARENAS, Subject
from rl_training.engine.log_messages import ADDON
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.groups import AgentGroup, GroupReset, GroupStep
from rl_training.errors import HarnessError

_COMPARED = 200


@dataclass
class Trial:
    """What was seen of one group of agents, per decision.

    Attributes:
        names: of the elements of the flat observation.
        group: `policy_name` of the agents; empty where all agents of the scene are one group.
        observations: (decisions + 1, agents, elements) float32; the first are those of the reset.
        present: (decisions + 1, agents) bool: the seat had an agent; empty: all had.
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
    group: str = ""
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
    present: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), "?"))
    rewards: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), "f4"))
    ends: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), "?"))
    truncations: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), "?"))


def play(subject: Subject, has_arenas: bool, decisions: int | None = None) -> list[Trial]:
    """Start one engine and take random actions, the same at every call.

    Args:
        subject: the game.
        has_arenas: it carries our addon.
        decisions: how many; None: the subject's.

    Returns:
        What was seen of each group of agents, in the engine's order.

    Raises:
        HarnessError: the engine failed, or what it sends cannot be used.
    """
    began = time.monotonic()
    settings = subject.env_settings(ARENAS if has_arenas else None)
    with GodotVecEnv.from_settings(settings) as env:
        first = env.reset_groups()
        start_s = time.monotonic() - began
        limits = _limits(env)
        watches = [
            _Watch(env, group, first[name], start_s, limits) for name, group in env.groups.items()
        ]
        count = subject.decisions if decisions is None else decisions
        began = time.monotonic()
        for _ in range(count):
            steps = env.step_groups({watch.group.name: watch.actions() for watch in watches})
            for watch in watches:
                watch.take(steps[watch.group.name])
        decisions_per_s = count * env.num_envs / (time.monotonic() - began)
        process = env.envs[0].process
        script_error = "" if process is None else process.first_script_error()
        warned = env.engine_messages().warnings.texts
    trials = [watch.trial() for watch in watches]
    for trial in trials:
        trial.decisions_per_s = decisions_per_s
        trial.script_error = script_error
        trial.warnings = tuple(text for text in warned if ADDON in text)
    return trials


class _Watch:
    """What one group does and what is seen of it, while it is played."""

    def __init__(
        self,
        env: GodotVecEnv,
        group: AgentGroup,
        first: GroupReset,
        start_s: float,
        limits: tuple[int, ...],
    ) -> None:
        self.group = group
        self._trial = _begin(env, group, start_s)
        self._trial.reset_after = tuple(limits[row] for row in group.agents if row < len(limits))
        group.action_space.seed(0)
        self._obs = [_flat(first.obs)]
        self._present = [first.present]
        self._steps: list[GroupStep] = []

    def actions(self) -> NDArray[Any]:
        """Draw an action for each seat."""
        return np.array([self.group.action_space.sample() for _ in self.group.agents])

    def take(self, step: GroupStep) -> None:
        """Keep what a decision brought."""
        self._obs.append(_flat(step.obs))
        self._present.append(step.present)
        self._steps.append(replace(step, obs={}, infos=[]))
        for row in np.flatnonzero(step.dones):
            self._trial.metrics |= set(step.infos[row].get("metrics") or ())
            self._trial.reward_terms |= set(step.infos[row].get("reward_terms") or ())

    def trial(self) -> Trial:
        """Return all that was seen."""
        trial = self._trial
        trial.observations = np.array(self._obs)
        trial.present = np.array(self._present)
        trial.rewards = np.array([step.rewards for step in self._steps])
        trial.ends = np.array([step.dones for step in self._steps])
        trial.truncations = np.array([step.truncated for step in self._steps])
        return trial


def longest_run(trial: Trial) -> tuple[int, int]:
    """Return the most decisions that an agent played without an end, and the agent."""
    longest, agent = 0, 0
    for number, ends in enumerate(trial.ends.T):
        over = ends if not trial.present.size else ends | ~trial.present[1:, number]
        marks = np.concatenate([[-1], np.flatnonzero(over), [len(over)]])
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


def compare(subject: Subject, has_arenas: bool, first: Sequence[Trial]) -> str:
    """Play again and return where it differs first; empty: nowhere."""
    again = play(subject, has_arenas, min(_COMPARED, len(first[0].rewards)))
    for one, other in zip(first, again, strict=True):
        difference = first_difference(one, other)
        if difference:
            return f"{one.group}: {difference}" if one.group else difference
    return ""


def _begin(env: GodotVecEnv, group: AgentGroup, start_s: float) -> Trial:
    info = env.env_info
    names: list[str] = []
    images: list[range] = []
    for part in env.group(group.name).layout.observations.fields:
        size = int(np.prod(part.shape))
        named = list(part.names) if len(part.names) == size else [str(i) for i in range(size)]
        if part.kind == "image":
            images.append(range(len(names), len(names) + size))
        names += [f"{part.key}[{name}]" for name in named]
    harness = info.harness
    trial = Trial(names, len(group.agents), start_s, "godot-rl's plugin", images=tuple(images))
    trial.group = group.name if len(env.groups) > 1 else ""
    if harness is None:
        return trial
    trial.about = f"{harness.scene}, Godot {harness.engine}"
    trial.seconds_per_decision = harness.action_repeat / harness.physics_ticks_per_second
    trial.transport = harness.transport
    trial.ticks_per_decision = harness.action_repeat
    return trial


def _limits(env: GodotVecEnv) -> tuple[int, ...]:
    """Return `reset_after` of the agents; empty where they do not tell."""
    with contextlib.suppress(HarnessError, TypeError, ValueError):
        return tuple(int(value) for value in env.get_attr("reset_after"))
    return ()


def _flat(obs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    parts = [array.reshape(len(array), -1).astype(np.float32) for array in obs.values()]
    return np.concatenate(parts, axis=1)
