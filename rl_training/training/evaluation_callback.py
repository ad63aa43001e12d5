"""Evaluates the policy while it trains: in an engine of its own, on fixed unseen episodes.

Between two rollouts, in the foreground: the training's engines stand still meanwhile. The engine of
the evaluations is started once and kept. Stable-Baselines3's EvalCallback does the same for
environments in Python; this one uses the normaliser of the moment, plays episodes that have numbers
and seeds (`play.episodes`), survives an engine that fails, and goes on in a resumed run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnv, unwrap_vec_normalize

from rl_training.checkpoints.checkpoint import Checkpoint, CheckpointMeta
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, EngineError, HarnessError, ProtocolError
from rl_training.play.episodes import Episode
from rl_training.play.policies import CheckpointPolicy
from rl_training.play.through_python import play
from rl_training.runs.policy_tags import policy_tag
from rl_training.runs.session import RunSession

logger = logging.getLogger(__name__)

SUCCESS, REWARD = "success_rate", "mean_reward"
_MOST_ARENAS = 32
_EPISODES_PER_ARENA = 2


@dataclasses.dataclass(frozen=True)
class EvaluationPlan:
    """What is evaluated, and when.

    Attributes:
        every: timesteps between two evaluations, >= 1.
        episodes: of one evaluation, >= 1.
        metric: the best model is chosen by it: "success_rate" (mean reward where the scene reports
            no success), "mean_reward", "mean_length", or a metric of the scene. Equal values are
            told apart by the mean reward.
        higher_is_better: of that metric.
        patience: evaluations without a better one after which the run ends; 0: it never does.
        seed: of the episodes; not the run's own, or they would not be unseen.
        max_decisions: an episode longer than this is an error; None: no bound.
        isolation: of the arenas; in shared ones an episode is not bit-identical.
    """

    every: int
    episodes: int = 50
    metric: str = SUCCESS
    higher_is_better: bool = True
    patience: int = 0
    seed: int = 1_000_000
    max_decisions: int | None = None
    isolation: Literal["shared", "worlds"] = "worlds"

    def __post_init__(self) -> None:
        for name, least in (("every", 1), ("episodes", 1), ("patience", 0), ("seed", 0)):
            if getattr(self, name) < least:
                raise ConfigError(
                    f"evaluation.{name} must be at least {least}; found {getattr(self, name)}"
                )


PlayAll = Callable[[Any, EvaluationPlan], Mapping[str, Sequence[Episode]]]
"""Plays all policies together in an environment; returns the episodes of each."""


def evaluation_settings(training: EnvSettings, plan: EvaluationPlan) -> EnvSettings:
    """Return what is launched for the evaluations: one engine, with the plan's isolation.

    Args:
        training: of the run.
        plan: how many episodes, of which seed.
    """
    arenas = training.arenas
    if arenas != 1:
        arenas = max(1, min(_MOST_ARENAS, math.ceil(plan.episodes / _EPISODES_PER_ARENA)))
    return dataclasses.replace(
        training,
        num_envs=1,
        arenas=arenas,
        isolation=plan.isolation,
        seed=plan.seed,
        show_window=False,
        port=min(65535, training.port + training.num_envs),
        port_strict=False,
        max_restarts=0,
        env_args=(),
    )


class EvaluationCallback(BaseCallback):
    """Logs `eval/...`, keeps the best model, and ends a run that does not get better.

    Logged: `eval/mean_reward`, `eval/success_rate`, `eval/mean_length`, `eval/<metric>` for each
    metric of the scene, `eval/best`, `eval/seconds`.

    Args:
        plan: what, and when.
        make_env: makes the evaluations' environment: `lambda: make_vec_env(evaluation_settings(
            settings, plan))`. Called when learning begins, and again after an engine failed.
        save_best: writes the model of the moment as the best one.
        end: called with the reason when patience is over (`StopRequest.ask`).
        session: shows the stage "evaluating"; None: nobody asks.
        play_all: plays the policies of several groups together and returns the episodes of each;
            None: the model's own are played.
        judged: whose episodes choose the best, of `play_all`; `eval/...` is that policy's.

    Attributes:
        history: (timesteps, results) of every evaluation of this call.
    """

    def __init__(
        self,
        plan: EvaluationPlan,
        make_env: Callable[[], VecEnv],
        save_best: Callable[[], Path],
        end: Callable[[str], None],
        session: RunSession | None = None,
        play_all: PlayAll | None = None,
        judged: str = "",
    ) -> None:
        super().__init__()
        self._play_all = play_all
        self._judged = judged
        self.plan = plan
        self.history: list[tuple[int, dict[str, float]]] = []
        self._make_env = make_env
        self._save_best = save_best
        self._end = end
        self._session = session
        self._env: VecEnv | None = None
        self._evaluated_at = 0
        self._best: tuple[float, float] | None = None
        self._best_at = 0
        self._without_better = 0

    def state(self) -> dict[str, Any]:
        """Return what a resumed run needs: goes into the checkpoint."""
        return {
            "metric": self.plan.metric,
            "best": None if self._best is None else list(self._best),
            "best_at": self._best_at,
            "without_better": self._without_better,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` gave; another metric begins anew."""
        best = state.get("best")
        if best is None or state.get("metric") != self.plan.metric:
            return
        self._best = (float(best[0]), float(best[1]))
        self._best_at = int(state["best_at"])
        self._without_better = int(state["without_better"])

    def close(self) -> None:
        """End the evaluations' engine; twice is safe."""
        env, self._env = self._env, None
        if env is not None:
            env.close()

    def _on_training_start(self) -> None:
        self._evaluated_at = self.model.num_timesteps
        # An engine that cannot start says so now, not in the middle of the night.
        self._env = self._make_env()

    def _on_rollout_start(self) -> None:
        self._evaluate_when_due()

    def _on_training_end(self) -> None:
        self._evaluate_when_due()

    def _on_step(self) -> bool:
        return True

    def _evaluate_when_due(self) -> None:
        done = self.model.num_timesteps
        if done // self.plan.every > self._evaluated_at // self.plan.every:
            self._evaluated_at = done
            with self._session.stage("evaluating") if self._session else contextlib.nullcontext():
                self._evaluate(done)

    def _evaluate(self, done: int) -> None:
        began = time.monotonic()
        try:
            if self._env is None:
                self._env = self._make_env()
            played = self._played(self._env)
        except (EngineError, ProtocolError) as error:
            logger.warning("the evaluation at %s steps failed: %s", f"{done:,}", error)
            with contextlib.suppress(HarnessError):
                self.close()
            return
        if not played.get(self._judged):
            raise ConfigError(
                f"no episode of {self._judged!r} was among the {self.plan.episodes} of the "
                "evaluation; raise evaluation.episodes"
            )
        results = summarise(played[self._judged])
        results["seconds"] = time.monotonic() - began
        self._judge(done, results)
        results["best"] = math.nan if self._best is None else self._best[0]
        self.history.append((done, results))
        row = {f"eval/{name}": value for name, value in results.items()}
        for policy, episodes in played.items() if self._play_all else ():
            told = summarise(episodes) if episodes else {}
            row |= {policy_tag(policy, f"eval/{name}"): value for name, value in told.items()}
        # At once and alone: what a learner has recorded stays for its own line.
        for output in self.logger.output_formats:
            output.write(row, dict.fromkeys(row, ()), done)

    def _played(self, env: VecEnv) -> Mapping[str, Sequence[Episode]]:
        if self._play_all is None:
            return {self._judged: self._play(env)}
        with _same_threads():
            return self._play_all(env, self.plan)

    def _play(self, env: VecEnv) -> list[Episode]:
        wrapper = unwrap_vec_normalize(self.training_env)
        normaliser = None if wrapper is None else Normaliser.of(wrapper)
        with _same_threads():
            now = Checkpoint(self.model, normaliser, _NO_META)
            policy = CheckpointPolicy(now, env, Path("the policy in training"))
            return play(env, policy, self.plan.episodes, self.plan.seed, self.plan.max_decisions)

    def _judge(self, done: int, results: Mapping[str, float]) -> None:
        metric = self.plan.metric
        if metric == SUCCESS and SUCCESS not in results:
            metric = REWARD
        if metric not in results:
            known = ", ".join(name for name in results if name != "seconds")
            raise ConfigError(
                f"evaluation.metric is {metric!r}, which the scene does not report; it reports "
                f"{known}"
            )
        higher = self.plan.higher_is_better or metric != self.plan.metric
        value = results[metric] if higher else -results[metric]
        shown = f"{metric} {results[metric]:.4g} over {self.plan.episodes} episodes"
        if self._best is None or (value, results[REWARD]) > (self._signed_best(higher)):
            self._best = (results[metric], results[REWARD])
            self._best_at, self._without_better = done, 0
            logger.info("evaluation at %s steps: %s, the best yet", f"{done:,}", shown)
            path = self._save_best()
            if self._session is not None:
                self._session.made("best", path, done)
            return
        self._without_better += 1
        logger.info(
            "evaluation at %s steps: %s; the best is %.4g at %s",
            f"{done:,}",
            shown,
            self._best[0],
            f"{self._best_at:,}",
        )
        if 0 < self.plan.patience <= self._without_better:
            self._end(f"{self._without_better} evaluations without a better {metric}")

    def _signed_best(self, higher: bool) -> tuple[float, float]:
        assert self._best is not None
        return (self._best[0] if higher else -self._best[0], self._best[1])


_NO_META = CheckpointMeta(commit="", versions={})


@contextlib.contextmanager
def _same_threads() -> Iterator[None]:
    """Keep torch's threads as the training has them: a policy that plays sets its own."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def summarise(episodes: Sequence[Episode]) -> dict[str, float]:
    """Return the means of an evaluation: reward, length, success where known, and every metric.

    Args:
        episodes: at least one. A metric that only some episodes have is the mean over those.
    """
    found: dict[str, list[float]] = {}
    for episode in episodes:
        for name, value in episode.metrics.items():
            if math.isfinite(value):
                found.setdefault(name, []).append(value)
    results = {name: sum(values) / len(values) for name, values in found.items()}
    results[REWARD] = sum(each.episode_return for each in episodes) / len(episodes)
    results["mean_length"] = sum(each.length for each in episodes) / len(episodes)
    successes = [float(each.success) for each in episodes if each.success is not None]
    if successes:
        results[SUCCESS] = sum(successes) / len(successes)
    return results
