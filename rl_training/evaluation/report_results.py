"""What a set of episodes came to: means, rates, intervals and metrics, each computed when asked.

`report.EvaluationReport` is one such set, and each of its policies is another. The numbers follow
from the rows alone, so a report cannot disagree with its episodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field, FiniteFloat, PrivateAttr, computed_field
from typing_extensions import Self

from rl_training.evaluation.report_parts import (
    IGNORED,
    EpisodeRow,
    Interval,
    MetricInfo,
    MetricResult,
    Share,
)
from rl_training.play.statistics import (
    Statistic,
    bootstrap_interval,
    interquartile_mean,
    mean,
    wilson_interval,
)

# mypy does not know properties below decorators: https://github.com/python/mypy/issues/1362
# mypy: disable-error-code="prop-decorator"

AtLeastZero = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
AtLeastOne = Annotated[float, Field(ge=1.0, allow_inf_nan=False)]


class Results(BaseModel):
    """Numbers over episodes; rewards are those of whole episodes, not discounted."""

    model_config = IGNORED

    def rows(self) -> tuple[EpisodeRow, ...]:
        """Return the episodes, at least one."""
        raise NotImplementedError

    def known_metrics(self) -> tuple[MetricInfo, ...]:
        """Return what is known of the metrics in the rows."""
        raise NotImplementedError

    def measured(self) -> tuple[list[MetricInfo], list[MetricInfo]]:
        """Return the metrics that the rows hold, in their order, and those with a zero rate."""
        known = {info.name: info for info in self.known_metrics()}
        names = dict.fromkeys(name for row in self.rows() for name in row.metrics)
        return (
            [known.get(name, MetricInfo(name=name)) for name in names],
            [info for info in known.values() if info.zero_rate and info.name in names],
        )

    @computed_field
    @cached_property
    def num_episodes(self) -> Annotated[int, Field(ge=1)]:
        """How many episodes there are."""
        return len(self.rows())

    @computed_field(description="return of an episode, not discounted")
    @cached_property
    def mean_reward(self) -> FiniteFloat:
        """Mean return of an episode."""
        return float(np.mean(self._returns))

    @computed_field
    @cached_property
    def std_reward(self) -> AtLeastZero:
        """Standard deviation of the returns."""
        return float(np.std(self._returns))

    @computed_field
    @cached_property
    def mean_reward_ci95(self) -> Interval:
        """Interval of `mean_reward`."""
        return _bootstrap(self._returns)

    @computed_field
    @cached_property
    def interquartile_mean_reward(self) -> FiniteFloat:
        """Mean of the middle half of the returns."""
        return float(interquartile_mean(self._returns))

    @computed_field
    @cached_property
    def interquartile_mean_reward_ci95(self) -> Interval:
        """Interval of `interquartile_mean_reward`."""
        return _bootstrap(self._returns, interquartile_mean)

    @computed_field(description="decisions")
    @cached_property
    def mean_episode_length(self) -> AtLeastOne:
        """Mean decisions of an episode."""
        return float(np.mean(self._lengths))

    @computed_field
    @cached_property
    def mean_episode_length_ci95(self) -> Interval:
        """Interval of `mean_episode_length`."""
        return _bootstrap(self._lengths)

    @computed_field
    @cached_property
    def terminated_rate(self) -> Share:
        """Share of episodes that the scene ended."""
        return float(np.mean([row.terminated for row in self.rows()]))

    @computed_field
    @cached_property
    def truncated_rate(self) -> Share:
        """Share of episodes whose time was over."""
        return float(np.mean([row.truncated for row in self.rows()]))

    @computed_field(description="null when the scene does not tell success")
    @cached_property
    def success_rate(self) -> Share | None:
        """Share of episodes that succeeded, of those that tell it; None: none does."""
        known = self._successes
        return sum(known) / len(known) if known else None

    @computed_field
    @cached_property
    def success_rate_ci95(self) -> Interval | None:
        """Interval of `success_rate`."""
        known = self._successes
        return _wilson(sum(known), len(known)) if known else None

    @computed_field(description="the metrics with their meaning, zero rates last")
    @cached_property
    def metric_results(self) -> tuple[MetricResult, ...]:
        """What each metric came to, in the order of the rows; then the zero rates."""
        metrics, zero_rates = self.measured()
        return (
            *(self._metric(info) for info in metrics),
            *(self._zero_rate(info) for info in zero_rates),
        )

    @computed_field(description="mean of each metric of the scenario")
    @cached_property
    def metrics(self) -> dict[str, FiniteFloat]:
        """Name to mean, zero rates included."""
        return {each.name: each.mean for each in self.metric_results}

    @computed_field
    @cached_property
    def metrics_ci95(self) -> dict[str, Interval]:
        """Name to interval of the mean, zero rates included."""
        return {each.name: each.ci95 for each in self.metric_results}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with `update`; its numbers are computed anew."""
        copy = super().model_copy(update=update, deep=deep)
        for name in type(self).model_computed_fields:
            copy.__dict__.pop(name, None)
        return copy

    @property
    def _returns(self) -> Any:
        return np.array([row.episode_return for row in self.rows()])

    @property
    def _lengths(self) -> Any:
        return np.array([float(row.length) for row in self.rows()])

    @property
    def _successes(self) -> list[bool]:
        return [row.success for row in self.rows() if row.success is not None]

    def _values(self, name: str) -> list[float]:
        return [row.metrics[name] for row in self.rows() if name in row.metrics]

    def _metric(self, info: MetricInfo) -> MetricResult:
        values = self._values(info.name)
        return MetricResult(
            name=info.name,
            mean=float(np.mean(values)),
            ci95=_interval(values),
            direction=info.direction,
            unit=info.unit,
        )

    def _zero_rate(self, info: MetricInfo) -> MetricResult:
        values = [float(value == 0.0) for value in self._values(info.name)]
        return MetricResult(
            name=info.zero_rate_name,
            mean=float(np.mean(values)),
            ci95=_interval(values),
            direction="higher",
            of=info.name,
        )


class PolicyResults(Results):
    """Numbers over the episodes of the agents that ask for one policy."""

    _rows: tuple[EpisodeRow, ...] = PrivateAttr(default=())
    _known: tuple[MetricInfo, ...] = PrivateAttr(default=())

    @classmethod
    def of(cls, rows: Sequence[EpisodeRow], known: tuple[MetricInfo, ...]) -> PolicyResults:
        """Make one of these rows, at least one."""
        made = cls()
        made._rows, made._known = tuple(rows), known
        return made

    def rows(self) -> tuple[EpisodeRow, ...]:
        """See `Results`."""
        return self._rows

    def known_metrics(self) -> tuple[MetricInfo, ...]:
        """See `Results`."""
        return self._known

    @computed_field(description="mean sum of each reward term")
    @cached_property
    def reward_terms(self) -> dict[str, FiniteFloat]:
        """Name of a reward term to its mean sum."""
        return mean_terms(self._rows)


def mean_terms(rows: Sequence[EpisodeRow]) -> dict[str, float]:
    """Return the mean sum of each reward term over the rows that tell it."""
    names = dict.fromkeys(name for row in rows for name in row.reward_terms)
    return {
        name: float(np.mean([row.reward_terms[name] for row in rows if name in row.reward_terms]))
        for name in names
    }


def _interval(values: Sequence[float]) -> Interval:
    if all(value in (0.0, 1.0) for value in values):
        return _wilson(int(sum(values)), len(values))
    return _bootstrap(values)


def _wilson(successes: int, trials: int) -> Interval:
    interval = wilson_interval(successes, trials)
    return interval.low, interval.high


def _bootstrap(values: Any, statistic: Statistic = mean) -> Interval:
    interval = bootstrap_interval(values, statistic)
    return interval.low, interval.high
