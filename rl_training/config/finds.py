"""`finds:` of a configuration: an agent that is paid for finding bugs.

Shapes and checks only; `training.finds` does what it says.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rl_training.config.section import Section

NotNegative = Annotated[float, Field(ge=0.0)]


class FindSettings(Section):
    """Pay for what an agent finds, beside the scene's own reward (docs/testing_games.md)."""

    find_bugs: bool = False
    """Learn to find bugs: pay for findings and for new cells, and count them."""
    finding: NotNegative = 20.0
    """Paid for a kind of finding in an episode, divided by the root of how many episodes have
    shown that kind, and among the copies of an engine that show it in the same decision."""
    cell: NotNegative = 0.5
    """Paid for a cell that an episode enters for the first time, divided by the root of how many
    episodes have entered it (count-based exploration: Bellemare et al., 2016, arXiv:1606.01868)."""
    wandering: Annotated[float, Field(ge=0.0, le=0.5)] = 0.25
    """Share of the agents that play at random and are not learned from, at most: a policy that has
    found something well paid does little else. There are fewer where chance finds less that is new
    than the policy."""
    wandering_period: Annotated[int, Field(ge=1)] = 8192
    """Decisions of all agents between two looks at how many of them should."""
