"""The gate's verdict on a rating, as text."""

from __future__ import annotations

from rl_training.gate.rating_check import RatingCheck

_SAID = {
    "ok": "not lower",
    "tolerated": "lower by no more than the tolerance",
    "chance": "lower, but that may be chance",
    "worse": "LOWER, and not by chance",
}


def as_text(check: RatingCheck) -> str:
    """Return a few lines: both ratings, the drop, the verdict."""
    low, high = check.rating_ci95
    below, above = check.baseline_rating_ci95
    return "\n".join(
        [
            f"current   {check.current}: {check.rating:.1f} ({low:.1f} to {high:.1f})",
            f"baseline  {check.baseline}: {check.baseline_rating:.1f} ({below:.1f} to {above:.1f})",
            f"drop      {check.drop:.1f} points over {check.meetings} meetings (tolerated: "
            f"{check.tolerance:g}), p = {check.p_value:.3g} (alpha {check.alpha:g})",
            f"{'passed' if check.passed else 'FAILED'}: {_SAID[check.verdict]}",
        ]
    )
