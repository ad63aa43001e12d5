"""The comparison's default limits. Apart from `regression`, so that flags need no NumPy."""

from __future__ import annotations

DEFAULT_TOLERANCE = 0.05
"""Relative worsening of a metric that is allowed."""
DEFAULT_ALPHA = 0.005
"""Probability of a false alarm, over all metrics together."""
DEFAULT_POINTS = 1.0
"""Rating points that a model may lose; about 4 % of the points against an equal opponent."""
