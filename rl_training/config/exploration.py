"""The falling bound on the deviation of continuous actions; see `ActionSettings.log_std_final`."""

ANNEALED_SHARE = 0.6
"""The share of a run over which the bound falls."""


def log_std_bound(start: float, final: float, share_done: float) -> float:
    """Return the logarithm of the bound on the actions' deviation.

    Args:
        start: at the beginning of the run (`log_std_init`).
        final: from `ANNEALED_SHARE` of the run on (`log_std_final`).
        share_done: of the run, at least 0.
    """
    return start + (final - start) * min(1.0, share_done / ANNEALED_SHARE)
