"""Hints about the reward: it says nothing, one term says all, or it contradicts success."""

from __future__ import annotations

from rl_training.runs.hints.hint import (
    MIN_ROWS,
    REWARD,
    SUCCESS,
    WATCH,
    Hint,
    RunFacts,
    rank_correlation,
)

TERM = "reward/"
EPISODES = 50
"""Episodes from which equal returns are no accident."""
DROWNING = 50.0
"""One term is so many times all others together: their gradient is below the noise of a batch of
2,048, whose relative error is about 1 / sqrt(2,048) = 2 %."""
AGAINST = -0.5
"""Rank correlation of reward and success over the run from which they contradict each other."""
SUCCESS_RANGE = 0.2
"""Smaller changes of success are the noise of 100 episodes (two deviations of a share: 0.1)."""


def constant(facts: RunFacts) -> Hint | None:
    """Every episode returns the same, and always has."""
    deviations, rewards = facts.series(f"{WATCH}reward_std"), facts.series(REWARD)
    if facts.count("episodes") < EPISODES or len(deviations) < MIN_ROWS // 2:
        return None
    if not rewards or facts.is_solved:
        return None
    scale = max(1e-9, max(map(abs, rewards)))
    if max(deviations) > 1e-6 * scale or max(rewards) - min(rewards) > 1e-6 * scale:
        return None
    return Hint(
        "reward constant",
        f"every episode returned {rewards[-1]:g}",
        "a reward that does not depend on what the agent does teaches nothing; where a goal is "
        "never reached by chance, reward the way there as well",
    )


def drowned(facts: RunFacts) -> Hint | None:
    """One term of the reward is so large that the others do not count."""
    if facts.is_solved:
        return None
    sizes = {}
    for tag in facts.tags(TERM):
        values = facts.series(tag)
        if len(values) >= MIN_ROWS:
            late = values[-MIN_ROWS:]
            sizes[tag.removeprefix(TERM)] = sum(map(abs, late)) / len(late)
    sizes = {name: size for name, size in sizes.items() if size > 0.0}
    if len(sizes) < 2:
        return None
    largest = max(sizes, key=lambda name: sizes[name])
    rest = sum(sizes.values()) - sizes[largest]
    if sizes[largest] < DROWNING * rest:
        return None
    others = ", ".join(name for name in sizes if name != largest)
    return Hint(
        "one reward term drowns the rest",
        f"{largest} comes to {sizes[largest]:.3g} an episode, all others together to {rest:.3g} "
        f"({others})",
        f"scale {largest} down, or the others up, until what matters most is the largest",
    )


def disagrees(facts: RunFacts) -> Hint | None:
    """Reward rises while success falls, or the other way round."""
    pairs = facts.pairs(REWARD, SUCCESS)
    if len(pairs) < 2 * MIN_ROWS:
        return None
    rewards, successes = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if max(successes) - min(successes) < SUCCESS_RANGE:
        return None
    if rank_correlation(rewards, successes) > AGAINST:
        return None
    third = len(pairs) // 3
    before, now = (sum(part) / third for part in (successes[:third], successes[-third:]))
    if facts.is_solved or abs(now - before) < SUCCESS_RANGE / 2:
        return None
    return Hint(
        "success and reward disagree",
        f"success went from {100 * before:.0f} to {100 * now:.0f} % while reward went the other "
        "way",
        "the agent learns what is rewarded: make success worth more than whatever it earns "
        "without it (a reward for each step makes long episodes pay)",
    )
