"""From what was played to the report. Called by `evaluate`; it plays nothing itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rl_training.config.samplers import Sampler, specification
from rl_training.engine.log_messages import EngineMessages
from rl_training.evaluation.report import EvaluationReport, Mode
from rl_training.evaluation.report_parts import (
    EngineErrors,
    EpisodeRow,
    EpisodeTimes,
    FindingRow,
    Game,
    MetricInfo,
    OpponentRow,
    Run,
)
from rl_training.evaluation.report_results import mean_terms
from rl_training.evaluation.request import DETERMINISTIC, Actions
from rl_training.play.episodes import Episode, Opponent
from rl_training.play.players import Players
from rl_training.runs.provenance import commit, versions
from rl_training.scenarios import Scenario

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluation:
    """What was played, how, and what came of it.

    Attributes:
        scenario: the scenario.
        players: which model played which agents, as they were given.
        mode: `report.PYTHON` or `report.IN_ENGINE`.
        seed: of the evaluation.
        episodes: by rising index, at least one.
        wall_time_s: seconds of playing, engines' start included.
        engine: version of Godot; empty when unknown.
        game: which game, where it is not this repository: `env_path`, `project_path` and
            `scene_path`, as they were given.
        messages: errors and warnings in the engines' logs; None: unknown.
        runs: the training run of each group's model, by its name, where it is known; "": of the
            model of the groups that are not named.
        parameters: environment parameters that were set, numbers and samplers.
        actions: how policies acted.
        one_model: whether one model played all agents.
    """

    scenario: Scenario
    players: Players
    mode: Mode
    seed: int
    episodes: tuple[Episode, ...]
    wall_time_s: float
    engine: str = ""
    game: Mapping[str, str] = field(default_factory=dict)
    messages: EngineMessages | None = None
    runs: Mapping[str, Run] = field(default_factory=dict)
    parameters: Mapping[str, float | Sampler] = field(default_factory=dict)
    actions: Actions = DETERMINISTIC
    one_model: bool = True


def build_report(evaluation: Evaluation) -> EvaluationReport:
    """Return the report of an evaluation.

    A metric of the scenario that the scene does not report is told in a warning.
    """
    rows = tuple(_row(episode) for episode in evaluation.episodes)
    scenario, messages = evaluation.scenario, evaluation.messages
    shorter = scenario.shorter_is_better
    return EvaluationReport(
        format=2,
        scenario=scenario.name,
        model=str(evaluation.players),
        models=_models(evaluation, rows),
        mode=evaluation.mode,
        seed=evaluation.seed,
        wall_time_s=round(evaluation.wall_time_s, 3),
        engine=evaluation.engine,
        game=Game(**evaluation.game),
        run=evaluation.runs.get(""),
        runs={name: run for name, run in evaluation.runs.items() if name},
        parameters={name: specification(each) for name, each in evaluation.parameters.items()},
        actions=evaluation.actions,
        commit=commit(),
        versions=versions(),
        engine_errors=None if messages is None else EngineErrors.of(messages),
        length_direction=None if shorter is None else "lower" if shorter else "higher",
        metric_info=_metric_info(scenario, rows),
        reward_terms=mean_terms(rows),
        episodes=rows,
    )


def _metric_info(scenario: Scenario, rows: Sequence[EpisodeRow]) -> tuple[MetricInfo, ...]:
    found = dict.fromkeys(name for row in rows for name in row.metrics)
    known = [
        MetricInfo(
            name=metric.name,
            direction="higher" if metric.higher_is_better else "lower",
            unit=metric.unit,
            # Of what is counted and should not be, none at all is what is asked for.
            zero_rate=not metric.higher_is_better and not metric.unit,
            is_success=metric.name == scenario.success_metric,
        )
        for metric in scenario.metrics
    ]
    declared = {info.name for info in known}
    for name in declared - found.keys():
        logger.warning("the scene does not report the metric %r of its scenario", name)
    others = [
        MetricInfo(name=name, is_success=name == scenario.success_metric)
        for name in found
        if name not in declared
    ]
    return (*known, *others)


def _row(episode: Episode) -> EpisodeRow:
    return EpisodeRow(
        episode=episode.index,
        seed=episode.seed,
        episode_return=episode.episode_return,
        length=episode.length,
        terminated=episode.terminated,
        truncated=episode.truncated,
        success=episode.success,
        metrics=episode.metrics,
        reward_terms=episode.reward_terms,
        agent=None if episode.agent is None else episode.agent.index,
        agent_path="" if episode.agent is None else episode.agent.path,
        policy="" if episode.agent is None else episode.agent.policy,
        times=EpisodeTimes(**episode.times) if episode.times else None,
        performance=episode.performance,
        recording=episode.recording,
        parameters=episode.parameters,
        opponents=tuple(_opponent(each) for each in episode.opponents),
        findings=tuple(FindingRow(**vars(each)) for each in episode.findings),
    )


def _opponent(opponent: Opponent) -> OpponentRow:
    return OpponentRow(**vars(opponent))


def _models(evaluation: Evaluation, rows: Sequence[EpisodeRow]) -> dict[str, str]:
    """Return what played each group, by its name; empty when one model played all."""
    if evaluation.one_model:
        return {}
    names = dict.fromkeys(row.policy for row in rows if row.policy)
    return {name: evaluation.players.label_of(name) for name in names}
