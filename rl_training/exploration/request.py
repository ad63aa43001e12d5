"""What is explored, how and for how long. Made by the command and by studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError
from rl_training.exploration.cells import CellSource
from rl_training.exploration.limits import Limits
from rl_training.exploration.strategy import BURST, WAYS, Way
from rl_training.play.players import Players
from rl_training.runs.seeds import episode_seed


@dataclass(frozen=True)
class ExplorationRequest:
    """What is explored.

    Attributes:
        game: the environment: use "worlds" isolation, and `max_restarts` above 0.
        name: of the game, for the report.
        way: how it is played.
        policies: models for "policy" and "mixture", each for all agents or for groups.
        decisions: of all arenas together, >= 1; the calibration and replays come on top.
        minutes: after which no new decision is made; 0: no limit.
        seed: of levels and actions.
        levels: how many different levels are played; 0: a new one for each episode, of a search
            `SEARCH_LEVELS`.
        hold: probability that random play keeps its last action, in [0, 1); None: 0.9 in a search,
            else 0.75.
        noise: probability of a random action when a policy plays, in [0, 1].
        burst: decisions after a return without a new cell, >= 1.
        cells: how cells are told; None: the best that the game offers.
        parameters: environment parameters.
        limits: what counts as wrong, before the calibration.
        calibrated: measure the spread of times and the agents' ways first.
        confirm: findings that are played again at most; 0: none.
        stop_at_first: end as soon as a finding of this kind was seen; empty: play on.
        job: which of `jobs` this is, from 0.
        jobs: explorations that play beside each other, >= 1. Each has its own share of the levels,
            its own random numbers and its own `decisions`; one alone is an exploration as usual.
    """

    game: EnvSettings
    name: str = ""
    way: Way = "mixture"
    policies: tuple[Players, ...] = ()
    decisions: int = 20_000
    minutes: float = 0.0
    seed: int = 0
    levels: int = 0
    hold: float | None = None
    noise: float = 0.0
    burst: int = BURST
    cells: CellSource | None = None
    parameters: Mapping[str, ParameterSetting] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    calibrated: bool = True
    confirm: int = 20
    stop_at_first: str = ""
    job: int = 0
    jobs: int = 1

    def __post_init__(self) -> None:
        """Check what depends on each other."""
        if self.way not in WAYS:
            raise ConfigError(f"the way is {self.way!r}, expected one of {', '.join(WAYS)}")
        if self.way == "policy" and not self.policies:
            raise ConfigError("--way policy needs a policy: give --model PATH")
        if self.decisions < 1 or self.burst < 1 or self.levels < 0 or self.confirm < 0:
            raise ConfigError(
                "decisions and burst must be at least 1, levels and confirm 0 or more; found "
                f"{self.decisions}, {self.burst}, {self.levels}, {self.confirm}"
            )
        if not 0 <= self.job < self.jobs:
            raise ConfigError(f"job {self.job} of {self.jobs}: jobs are counted from 0")
        held = 0.0 if self.hold is None else self.hold
        if not 0.0 <= held < 1.0 or not 0.0 <= self.noise <= 1.0:
            raise ConfigError(
                f"hold must lie in [0, 1) and noise in [0, 1]; found {held:g} and {self.noise:g}"
            )

    @property
    def holds(self) -> float:
        """Probability that random play keeps its last action."""
        if self.hold is not None:
            return self.hold
        return 0.9 if self.way in ("search", "mixture") else 0.75

    @property
    def action_seed(self) -> int:
        """Seed of the random numbers that this job draws."""
        return episode_seed(self.seed, self.job) if self.job else self.seed

    def level(self, number: int, *, search: bool) -> int:
        """Return the level of the episode with this number.

        Levels are dealt to jobs like cards. Where there are more jobs than levels, several jobs
        play the same level.

        Args:
            number: of the episode in this job, from 0.
            search: of a search, which comes back to few levels.
        """
        several = self.levels or (SEARCH_LEVELS if search else 0)
        if not several:
            return episode_seed(self.seed, self.job + number * self.jobs)
        own = range(self.job % several, several, self.jobs)
        return episode_seed(self.seed, own[number % len(own)])


SEARCH_LEVELS = 4
"""Levels of a search, where none are said: cells of one level are not those of another."""
