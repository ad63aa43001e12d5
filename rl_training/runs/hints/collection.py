"""Hints about what is collected: rollouts too short, copies that disturb each other, evaluation."""

from __future__ import annotations

from rl_training.runs.hints.hint import LENGTH, MIN_ROWS, WATCH, Hint, RunFacts

SHARE_OF_EPISODE = 20
"""A rollout shorter than an episode by this factor sees hardly any end. The shipped VR scene has 9:
64 of 600 decisions."""
SHARE_IN_HORIZON = 5
"""The same for rollouts that are shorter than the estimator sees ahead, 1 / (1 - gamma lambda)."""
ARENA_Z = 6.0
"""Standard errors between the first copy's reward and the others': one in 10^9 by chance."""
ARENA_EPISODES = 30.0
FAR = 0.25
"""Success of an evaluation below that of training: of 50 and 100 episodes, three deviations."""
FAR_TIMES = 2
"""Evaluations in a row that must be so far below."""


def short_rollouts(facts: RunFacts) -> Hint | None:
    """Each agent makes too few decisions between two updates."""
    steps, length = facts.last(f"{WATCH}rollout_decisions"), facts.last(LENGTH)
    if steps is None or length is None or len(facts.series(LENGTH)) < MIN_ROWS:
        return None
    if facts.is_solved or facts.has_improved:
        return None
    horizon = 1.0 / max(1e-9, 1.0 - facts.gamma * facts.gae_lambda)
    tiny = steps * SHARE_OF_EPISODE < length
    if not tiny and not (steps < horizon and steps * SHARE_IN_HORIZON < length):
        return None
    return Hint(
        "too few decisions per rollout",
        f"an agent makes {steps:.0f} between two updates, an episode has {length:.0f}",
        "take fewer agents (--arenas, --num_envs) or more steps (n_steps, rollout_size), so that a "
        "rollout holds a tenth of an episode or more",
    )


def copies_differ(facts: RunFacts) -> Hint | None:
    """The first copy of the scene earns something else than the others do."""
    z, episodes = facts.last(f"{WATCH}arena_z"), facts.last(f"{WATCH}arena_episodes")
    if z is None or episodes is None or abs(z) < ARENA_Z or episodes < ARENA_EPISODES:
        return None
    first, others = facts.last(f"{WATCH}arena_first"), facts.last(f"{WATCH}arena_others")
    return Hint(
        "copies differ",
        f"the first copy of the scene earns {first:.3g} an episode, the others {others:.3g} "
        f"({abs(z):.0f} standard errors)",
        "a script uses coordinates of the world (global_position) where those of the copy are "
        "meant, or copies touch each other: run `doctor`, which names the line, or train with "
        "--isolation worlds",
    )


def evaluation_far(facts: RunFacts) -> Hint | None:
    """Evaluations succeed far less than training does."""
    trained: float | None = None
    gaps: list[tuple[float, float]] = []
    for row in facts.rows:
        told = row.get(facts.success_tag)
        trained = trained if told is None else told
        evaluated = row.get("eval/success_rate")
        if evaluated is not None and trained is not None:
            gaps.append((evaluated, trained))
    late = gaps[-FAR_TIMES:]
    if len(late) < FAR_TIMES or any(trained - found < FAR for found, trained in late):
        return None
    return Hint(
        "evaluation far from training",
        f"success is {100 * late[-1][0]:.0f} % in evaluation and {100 * late[-1][1]:.0f} % in "
        "training",
        "the policy leans on its own noise, which evaluation leaves out: lower log_std_final "
        "(-2.3) or ent_coef; or training counts only quick episodes; or copies in one world help "
        "each other (--isolation worlds)",
    )
