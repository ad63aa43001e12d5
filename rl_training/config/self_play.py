"""`self_play:` of a configuration: agents that play against earlier versions of their policy.

Shapes and checks only; `training.self_play` does what it says.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rl_training.config.section import Section

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1)]


class EnableAt(Section):
    """A measure that must be reached before frozen opponents play."""

    measure: Annotated[str, Field(min_length=1)] = "success_rate"
    """What is looked at: success_rate, mean_reward, mean_length, a metric of the scene,
    reward/<term>, progress (share of the run's timesteps), or the name of anything that the run
    logs. Where several policies learn, one's name may stand before it."""
    threshold: float
    """Reached when the measure is at least this."""
    below: bool = False
    """At most instead, for measures that are better when they are lower."""
    min_episodes: Count = 100
    """Episodes that must have ended; the mean is over the last so many."""


class SelfPlaySettings(Section):
    """Frozen opponents: earlier milestones of the policies that learn play a share of the arenas.

    In the other arenas both sides learn.
    """

    enabled: bool = False
    """Milestones join a pool of opponents, which play inside the engines. Needs a scene with at
    least two groups that learn, and training.milestone_interval."""
    enable_at: tuple[EnableAt, ...] = ()
    """All of these must be reached before opponents play; empty: from the first milestone on."""
    arenas_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    """Share of the arenas in which one side is a frozen opponent; in turn one group, then the
    next."""
    pool_size: Count = 20
    """Milestones that can be drawn, the newest ones."""
    opponents: Count = 4
    """Different opponents that play at a time, at most; each costs the engines a forward pass a
    decision."""
    sampling: Literal["newest", "difficulty"] = "newest"
    """Who is drawn: mostly the newest, or the less certain who wins the more often: by p(1-p) of
    the win rate p against it."""
    newest_share: Share = 0.8
    """newest: share of those arenas in which the newest milestone plays; earlier ones share the
    others."""
    window: Count = 200
    """Last episodes against an opponent that its win rate is counted over."""
    redraw_every: Count | None = None
    """Timesteps between two draws; not given: at each milestone only."""
