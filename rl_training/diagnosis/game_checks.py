"""Checks of how a game behaves when it is played with random actions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rl_training.arena_check.check import check_arenas
from rl_training.diagnosis.finding import Finding, Status, ok, skipped
from rl_training.diagnosis.subject import Subject
from rl_training.diagnosis.trial import Trial, compare, longest_run, play
from rl_training.engine.log_messages import ADDON
from rl_training.errors import (
    ActionSpaceError,
    EngineDiedError,
    EngineStartError,
    EngineTimeoutError,
    HarnessError,
    ObservationError,
    ObservationValueError,
    ProtocolError,
)
from rl_training.project_setup.agent_scenes import scene_hint

NAMES = (
    "agents",
    "spaces",
    "finite observations",
    "constant observations",
    "scale of observations",
    "episodes end",
    "rewards",
    "declared names",
    "script errors",
    "addon's warnings",
    "determinism",
    "arenas",
)
"""The checks of this file, in the order of their findings."""

LARGE = 100.0
"""Observations beyond this slow learning down, normalised or not."""

_SHOWN = 6
_WORSE: tuple[Status, ...] = ("skipped", "ok", "warning", "failed")


def check_game(subject: Subject, has_arenas: bool) -> Iterator[Finding]:
    """Play the game and judge what is seen; a failure to play is a finding as well."""
    try:
        trials = play(subject, has_arenas)
    except HarnessError as error:
        yield from _explain(error, scene_hint(subject.project_path, subject.scene_path))
        return
    first = trials[0]
    of_groups = ", ".join(f"{trial.agents} {trial.group}" for trial in trials)
    yield ok(
        "agents",
        f"{of_groups if len(trials) > 1 else first.agents} in {first.about}; first observation "
        f"after {first.start_s:.2f} s, {first.decisions_per_s:,.0f} decisions/s over "
        f"{first.transport}",
    )
    yield from judge_all(trials, subject)
    yield _check_determinism(subject, has_arenas, trials)
    yield _check_arenas(subject, has_arenas)


def judge_all(trials: Sequence[Trial], subject: Subject) -> Iterator[Finding]:
    """Judge what was seen of all groups of agents: one finding a check, that of the worst group.

    Args:
        trials: what was seen, at least of one group.
        subject: what was expected of the game.
    """
    for findings in zip(*(judge(trial, subject) for trial in trials), strict=True):
        worst = max(findings, key=lambda finding: _WORSE.index(finding.status))
        groups = [
            (trial.group, finding)
            for trial, finding in zip(trials, findings, strict=True)
            if finding.status == worst.status
        ]
        details = {finding.detail for _, finding in groups}
        if len(details) == 1 and len(groups) == len(trials):
            yield worst
        else:
            told = "; ".join(f"{group}: {finding.detail}" for group, finding in groups)
            yield Finding(worst.check, worst.status, told, worst.remedy)


def judge(trial: Trial, subject: Subject) -> Iterator[Finding]:
    """Judge a trial that went through.

    Args:
        trial: what was seen of a group of agents.
        subject: what was expected of the game.
    """
    count, agents, elements = trial.observations.shape
    yield ok(
        "spaces",
        f"{elements} elements as declared, over {count - 1} decisions of {agents} agents",
    )
    yield ok("finite observations", "no NaN and no infinity")
    yield _check_constant(trial, subject.rarely_change)
    yield _check_scale(trial)
    yield _check_ends(trial)
    yield _check_rewards(trial)
    yield _check_names(trial, subject)
    yield _check_scripts(trial)
    yield _check_warnings(trial)


def _explain(error: HarnessError, hint: str) -> Iterator[Finding]:
    """Attribute the error of a trial to the check that it belongs to, and skip the others.

    Args:
        error: of the trial.
        hint: the scenes that hold agents, if the one that was played holds none; else empty.
    """
    text = str(error)
    script = error.failure.script_error if error.failure is not None else ""
    if isinstance(error, ObservationValueError):
        name = "finite observations"
        remedy = "divide by nothing that can be zero, and clamp, in get_obs()"
    elif isinstance(error, ObservationError):
        name = "spaces"
        remedy = "let get_obs() return in every decision what get_obs_space() declares"
    elif isinstance(error, ActionSpaceError):
        name, remedy = "spaces", "correct get_action_space()"
    elif isinstance(error, EngineStartError):
        name = "agents"
        remedy = hint or (
            "give --scene_path the scene that holds the agents (a menu has none), or add an "
            "AIController to the scene; see docs/addon.md"
        )
    elif isinstance(error, EngineTimeoutError):
        name, remedy = "agents", "does a script wait for the player, or for a file?"
    elif isinstance(error, EngineDiedError):
        name, remedy = "agents", "the engine ended while it played: look at its log above"
    elif isinstance(error, ProtocolError):
        name, remedy = "spaces", "update the addon and the Python package to the same version"
    else:
        name, remedy = "agents", "correct what the message names"
    if script:
        text, remedy = f"{text} The first script error: {script}", "mend that script first"
    for check in NAMES:
        if check == name:
            yield Finding(check, "failed", text, remedy)
        else:
            yield skipped(check, f"see {name}")


def _check_constant(trial: Trial, rarely_change: Sequence[str]) -> Finding:
    flat = trial.observations.reshape(-1, trial.observations.shape[-1])
    if trial.present.any():
        flat = trial.observations[trial.present]
    still = np.flatnonzero((flat == flat[0]).all(axis=0))
    expected = [element for element in still if _plain(trial.names[element]) in rarely_change]
    constant = np.array([element for element in still if element not in expected], dtype=int)
    if not len(constant):
        aside = f", but for {_name(trial, np.array(expected))}, as expected" if expected else ""
        return ok("constant observations", f"every element changes{aside}")
    return Finding(
        "constant observations",
        "warning",
        f"{len(constant)} of {flat.shape[1]} never changed: {_name(trial, constant)}",
        "see whether a sensor is dead (collision mask, path, units); what only progress in the "
        "game changes may stay the same under random actions; leave out what never changes",
    )


def _check_scale(trial: Trial) -> Finding:
    flat = np.abs(trial.observations).reshape(-1, trial.observations.shape[-1]).max(axis=0)
    for image in trial.images:
        flat[image.start : image.stop] = 0.0
    large = np.flatnonzero(flat > LARGE)
    if not len(large):
        return ok("scale of observations", f"all within +-{flat.max(initial=0.0):.3g}")
    return Finding(
        "scale of observations",
        "warning",
        f"{len(large)} beyond {LARGE:g}: {_name(trial, large)}, up to {flat.max():.3g}",
        "divide by the largest value that makes sense, so that they lie about [-1, 1]",
    )


def _check_ends(trial: Trial) -> Finding:
    ends, decisions = int(trial.ends.sum()), len(trial.ends)
    simulated = decisions * trial.seconds_per_decision
    span = f"{decisions} decisions" + (f" ({simulated:.0f} s of the game)" if simulated else "")
    longest, agent = longest_run(trial)
    ticks = longest * trial.ticks_per_decision
    limit = trial.reset_after[agent] if agent < len(trial.reset_after) else 0
    # Some ticks of grace: a decision is completed only when it is due.
    if limit > 0 and ticks > limit + 2 * trial.ticks_per_decision:
        return Finding(
            "episodes end",
            "failed" if not ends else "warning",
            f"agent {agent} played {ticks} physics ticks in one episode, though its reset_after is "
            f"{limit}: it is never cut off; {ends} ended in {span}, all by themselves",
            "call super(delta) first in the controller's _physics_process, or move that code to "
            "another node; an episode that nothing ends teaches nothing, and only successes count",
        )
    cut = int(trial.truncations.sum())
    if not ends:
        room = f"; reset_after is {limit} ticks, {ticks} were played" if limit > 0 else ""
        return Finding(
            "episodes end",
            "warning",
            f"none ended in {span}{room}",
            "give more --decisions if episodes are that long; else set terminated or truncated in "
            "the controller, or a smaller reset_after",
        )
    if cut == 0 and limit > 0:
        return ok(
            "episodes end",
            f"{ends} in {span}, none cut off: none was as long as reset_after ({limit} ticks)",
        )
    return ok("episodes end", f"{ends} in {span}, {cut} of them cut off by a limit")


def _check_rewards(trial: Trial) -> Finding:
    rewards = trial.rewards
    if not rewards.any():
        return Finding(
            "rewards",
            "warning",
            f"all of {rewards.size:,} were 0",
            "set reward in the controller; a reward that random actions never reach teaches "
            "nothing: reward the way there as well",
        )
    if (rewards == rewards.flat[0]).all():
        return Finding(
            "rewards",
            "warning",
            f"all of {rewards.size:,} were {rewards.flat[0]:g}",
            "a reward that does not depend on what the agent does teaches nothing",
        )
    return ok(
        "rewards",
        f"{rewards.min():.3g} to {rewards.max():.3g}, mean {rewards.mean():.3g} a decision",
    )


def _check_names(trial: Trial, subject: Subject) -> Finding:
    """Does the game report what its scenario says, under the same names?"""
    check = "declared names"
    if not subject.metrics and not subject.reward_terms:
        return skipped(check, "the scenario names no metrics and no reward terms")
    if not trial.ends.any():
        return skipped(check, "no episode ended")
    differences = []
    for what, declared, told in (
        ("metrics", subject.metrics, trial.metrics),
        ("reward terms", subject.reward_terms, trial.reward_terms),
    ):
        for names, fault in (
            (set(declared) - told, "that the game does not report"),
            (told - set(declared), "that the scenario does not name"),
        ):
            differences += [f"{what} {fault}: {', '.join(sorted(names))}"] if names else []
    if differences:
        return Finding(
            check,
            "warning",
            "; ".join(differences),
            "use the same names in get_info() and in the scenario's file: reports, the gate and "
            "evaluation.metric go by them",
        )
    count = f"{len(subject.metrics)} metrics, {len(subject.reward_terms)} reward terms"
    return ok(check, f"{count}, as the scenario says")


def _check_scripts(trial: Trial) -> Finding:
    if not trial.script_error:
        return ok("script errors", "none while it was played")
    return Finding(
        "script errors",
        "failed",
        trial.script_error,
        "mend the script: the function that failed returned null, and the game went on wrong",
    )


def _check_warnings(trial: Trial) -> Finding:
    if not trial.warnings:
        return ok("addon's warnings", "none")
    return Finding(
        "addon's warnings",
        "warning",
        "; ".join(text.partition(ADDON)[2] for text in trial.warnings),
        "do what they say",
    )


def _check_arenas(subject: Subject, has_arenas: bool) -> Finding:
    """Hold arenas that share one physics space, as training has them, against one alone."""
    if not has_arenas:
        return skipped("arenas", "the game has none")
    try:
        found = check_arenas(subject.env_settings(None))
    except HarnessError as error:
        return Finding("arenas", "warning", f"they could not be compared: {error}", "run it again")
    if found.verdict == "not compared":
        return skipped("arenas", found.detail())
    if found.verdict == "alike":
        return ok("arenas", found.detail())
    status: Status = "failed" if found.verdict == "different" else "warning"
    return Finding("arenas", status, found.detail(), found.remedy())


def _check_determinism(subject: Subject, has_arenas: bool, trials: Sequence[Trial]) -> Finding:
    try:
        difference = compare(subject, has_arenas, trials)
    except HarnessError as error:
        return Finding("determinism", "failed", f"the second run failed: {error}", "run it again")
    if not difference:
        return ok("determinism", "a second run with the same seed and actions was bit-identical")
    return Finding(
        "determinism",
        "warning",
        f"two runs with the same seed and actions differ, first at {difference}",
        "draw random numbers from a RandomNumberGenerator whose seed is the episode_seed that "
        "begin_episode gets; where begin_episode frees nodes, call remove_child(node) before "
        "node.queue_free(), or get_obs still meets them; use no clock and no frame time in the "
        "game; replay and the regression gate need it, training does not",
    )


def _plain(name: str) -> str:
    """Return the element's own name, without its observation's: "obs[speed]" is "speed"."""
    return name.partition("[")[2].removesuffix("]") or name


def _name(trial: Trial, elements: np.ndarray) -> str:
    shown = [trial.names[element] for element in elements[:_SHOWN]]
    more = len(elements) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
