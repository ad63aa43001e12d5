"""The evaluations of a run, for as many policies as it trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rl_training.checkpoints.checkpoint import Checkpoint
from rl_training.config import TrainConfig
from rl_training.config.parameter_plan import evaluation_parameters
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, nearest
from rl_training.play.episodes import Episode
from rl_training.play.policies import CheckpointPolicy, Policy
from rl_training.play.through_python import play
from rl_training.runs.session import RunSession
from rl_training.scenarios import Scenario
from rl_training.training.evaluation_callback import (
    EvaluationCallback,
    EvaluationPlan,
    evaluation_settings,
)
from rl_training.training.party.lockstep import Lockstep
from rl_training.training.party.opponents import Preparation
from rl_training.training.party.party import Party
from rl_training.training.party.roles import Roles
from rl_training.training.stop import StopRequest

MakeEnv = Callable[[EnvSettings, Any], Any]


def make_evaluation(
    config: TrainConfig,
    scenario: Scenario,
    settings: EnvSettings,
    party: Party,
    roles: Roles | None,
    told: Preparation,
    session: RunSession,
    stop: StopRequest,
    save_best: Callable[[], Path],
    make_env: MakeEnv,
) -> EvaluationCallback | None:
    """Return what evaluates the policies while they learn; None when the settings ask for nothing.

    Args:
        config: the run.
        scenario: what is trained.
        settings: of the training's environment.
        party: who learns.
        roles: of all groups; None: one policy plays all.
        told: what the training's environment was told before its first episode; the evaluations'
            is told the same, with the parameters of `config.parameter_plan.evaluation_parameters`.
        session: the run.
        stop: ends it.
        save_best: writes the best model.
        make_env: makes an environment.

    Raises:
        ConfigError: `evaluation.policy` names none that learns.
    """
    given = config.evaluation
    judged = _judged(config, party)
    if given.every == 0:
        return None
    higher = {metric.name: metric.higher_is_better for metric in scenario.metrics}
    plan = EvaluationPlan(
        every=given.every,
        episodes=given.episodes,
        metric=given.metric,
        higher_is_better=higher.get(given.metric, True),
        patience=given.patience,
        seed=given.seed,
        isolation=given.isolation,
    )
    unseen = evaluation_settings(settings, plan)
    several = len(party.pupils) > 1

    def environment() -> Any:
        env = make_env(unseen, "async")
        try:
            told.with_parameters(evaluation_parameters(config)).apply(env)
        except BaseException:
            env.close()
            raise
        if roles is None or several:
            return env
        return Lockstep(env, [roles.learning[0].groups]).views[0]

    return EvaluationCallback(
        plan,
        environment,
        save_best,
        stop.ask,
        session,
        play_all=_PlayTogether(party, roles) if several and roles is not None else None,
        judged=judged,
    )


class _PlayTogether:
    """Plays all policies of a party in one environment.

    Args:
        party: who learns.
        roles: which groups each plays.
    """

    def __init__(self, party: Party, roles: Roles) -> None:
        self._party = party
        self._roles = roles

    def __call__(self, env: Any, plan: EvaluationPlan) -> Mapping[str, Sequence[Episode]]:
        """Play; return the episodes of each policy, those of all groups that it plays."""
        policies: dict[str, Policy | None] = {}
        owner: dict[str, str] = {}
        for pupil, role in zip(self._party.pupils, self._roles.learning, strict=True):
            model, normaliser = pupil.learner.actor()
            now = Checkpoint(model, normaliser, pupil.meta(0))
            for group in role.groups:
                view = Lockstep(env, [[group]]).views[0]
                policies[group] = CheckpointPolicy(now, view, Path(f"the policy {pupil.name}"))
                owner[group] = pupil.name
        found: dict[str, list[Episode]] = {name: [] for name in owner.values()}
        for episode in play(env, policies, plan.episodes, plan.seed, plan.max_decisions):
            group = "" if episode.agent is None else episode.agent.policy
            if group in owner:
                found[owner[group]].append(episode)
        return found


def _judged(config: TrainConfig, party: Party) -> str:
    names = [pupil.name for pupil in party.pupils]
    wanted = config.evaluation.policy
    if wanted is None or (names == [""] and wanted == ""):
        return names[0]
    if wanted not in names:
        shown = ", ".join(name for name in names if name) or "there is only one, without a name"
        raise ConfigError(
            f"evaluation.policy is {wanted!r}, which does not learn.{nearest(wanted, names)} "
            f"These do: {shown}"
        )
    return wanted
