"""Hints about the updates: entropy, the size of a step (KL), and the value function.

They need what Stable-Baselines3's on-policy learners log under `train/`; others have no such tags.
"""

from __future__ import annotations

from rl_training.runs.hints.hint import MIN_ROWS, Hint, RunFacts, median

ENTROPY, STD, KL = "train/entropy_loss", "train/std", "train/approx_kl"
VALUE, RATE = "train/explained_variance", "train/learning_rate"

COLLAPSED_STD = 0.02
"""Deviation of continuous actions, of a range of 2, below which nothing new is tried. The shipped
schedule ends at 0.1."""
COLLAPSED_SHARE = 0.02
"""Entropy of discrete choices, as a share of its first value, below which nothing new is tried."""
STILL = 0.01
"""Entropy that changed by less than this share, over a whole run, is not falling."""
UPDATES = 40
"""Updates from which a run should have changed its entropy."""
SMALL_KL = 1e-3
"""A tenth of the usual target (0.01, Schulman et al. 2017): the policy hardly moves."""
LARGE_KL = 0.1
"""Ten times the usual target: an update leaves the region in which its estimate holds."""
WORSE = -0.05
"""Explained variance of a useless value function wavers about 0; below this it misleads."""
DECAYED = 0.3
"""Steps are small on purpose when the learning rate has fallen below this share of its start."""


def entropy_collapsed(facts: RunFacts) -> Hint | None:
    """The policy tries nothing new, and does not succeed."""
    if len(facts.series(ENTROPY)) < MIN_ROWS or facts.is_solved or facts.is_improving:
        return None
    deviation, entropies = facts.last(STD), [-value for value in facts.series(ENTROPY)]
    if deviation is not None:
        if deviation >= COLLAPSED_STD:
            return None
        seen = f"actions deviate by {deviation:.3g}"
    else:
        if entropies[0] <= 0.0 or entropies[-1] >= COLLAPSED_SHARE * entropies[0]:
            return None
        seen = f"entropy fell from {entropies[0]:.3g} to {entropies[-1]:.3g}"
    return Hint(
        "entropy collapsed",
        f"{seen} while nothing gets better: the policy tries nothing new",
        "raise ent_coef (0.01), lower learning_rate, or reward the way to what it never tried",
    )


def entropy_not_falling(facts: RunFacts) -> Hint | None:
    """The policy is as random as at the start."""
    entropies = [-value for value in facts.series(ENTROPY)]
    if len(entropies) < UPDATES or facts.is_solved or facts.has_improved:
        return None
    late = median(entropies[-MIN_ROWS:])
    if late < entropies[0] - STILL * abs(entropies[0]):
        return None
    return Hint(
        "entropy not falling",
        f"it was {entropies[0]:.3g} and is {late:.3g} after {len(entropies)} updates: the policy "
        "is as random as at the start",
        "look at reward and observation: nothing in them tells good actions from bad ones; then "
        "lower ent_coef",
    )


def small_kl(facts: RunFacts) -> Hint | None:
    """Updates hardly change the policy."""
    values = facts.series(KL)
    if len(values) < 2 * MIN_ROWS or facts.is_solved or facts.has_improved or _decayed(facts):
        return None
    late = median(values[-MIN_ROWS:])
    if late >= SMALL_KL:
        return None
    return Hint(
        "KL near zero",
        f"an update changes the policy by {late:.1e} (usual: 0.01), and nothing gets better",
        "raise learning_rate or n_epochs; if the reward hardly varies, mend that first",
    )


def large_kl(facts: RunFacts) -> Hint | None:
    """Updates change the policy too much."""
    values = facts.series(KL)
    if len(values) < MIN_ROWS or facts.is_solved:
        return None
    late = median(values[-MIN_ROWS:])
    if late <= LARGE_KL:
        return None
    return Hint(
        "KL too large",
        f"an update changes the policy by {late:.2g} (usual: 0.01)",
        "lower learning_rate or n_epochs, raise batch_size, or set target_kl to 0.02",
    )


def explained_variance(facts: RunFacts) -> Hint | None:
    """The value function predicts worse than a constant would."""
    values = facts.series(VALUE)
    if len(values) < 2 * MIN_ROWS or facts.is_solved or facts.is_improving:
        return None
    late = median(values[-MIN_ROWS:])
    if late >= WORSE:
        return None
    return Hint(
        "explained variance negative",
        f"it is {late:.2f} over the last {MIN_ROWS} updates: the value function predicts worse "
        "than a constant",
        "see whether the observation holds what the reward depends on; lower learning_rate; make "
        "rollouts longer",
    )


def _decayed(facts: RunFacts) -> bool:
    rates = facts.series(RATE)
    return bool(rates) and rates[-1] < DECAYED * max(rates)
