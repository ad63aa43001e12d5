"""Episodes for data, played by the actors of a Ray cluster and written here.

Called by `spacetime-rl data collect --backend ray`. An actor owns some of the engines and plays the
episodes of its agents where it is; what an agent plays follows from its number, so the data is that
of one machine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.crew import Crew
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.envs.cluster.jobs import crew_of, play_jobs
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, UsageError
from rl_training.play.collecting.collector import DataCollector, Ended, collected
from rl_training.play.collecting.players import PolicyLike, as_policy
from rl_training.play.players import RANDOM
from rl_training.play.sent_models import SentModels
from rl_training.play.through_python import Part


@dataclass(frozen=True)
class Job:
    """What an actor plays; can be pickled.

    Attributes:
        model: path of the policy on the machine that sends it; None: random actions.
        models: its file.
        episodes: of all agents of the run.
        seed: of the episodes.
        meta: what every trajectory tells.
        parameters: environment parameters of all episodes.
        first_engine: number of the actor's first engine in the run.
        part: which of the agents are the actor's.
    """

    model: str | None
    models: SentModels
    episodes: int
    seed: int
    meta: dict[str, Any]
    parameters: dict[str, ParameterSetting]
    first_engine: int
    part: Part


class CollectingActor(JobActor):
    """Plays the episodes of its engines' agents."""

    def items(self, env: GodotVecEnv, job: Job) -> Iterator[Ended]:
        """Yield the episodes of a `Job` as they end."""
        if job.parameters:
            env.set_parameters(job.parameters)
        with job.models.written() as copies:
            given = None if job.model is None else copies[Path(job.model)]
            policy, _ = as_policy(given, env, job.seed, job.first_engine)
        name = RANDOM.name if job.model is None else Path(job.model).name
        meta = {**job.meta, "policy": name}
        yield from collected(env, policy, job.episodes, job.seed, meta, job.part)


class ClusterCollector(DataCollector):
    """Plays on a cluster and keeps here what was seen.

    Args:
        cluster: where.
        settings: of the engines of all nodes together.
        parameters: environment parameters of all episodes.
        output: see `DataCollector`.
        kept: its other arguments.

    Raises:
        ConfigError: the settings are of NumPy worlds.
        UsageError: `output` is there and is not to be gone on with.
    """

    def __init__(
        self,
        cluster: ClusterSettings,
        settings: EnvSettings,
        parameters: Mapping[str, ParameterSetting],
        output: Path | str | None = None,
        **kept: Any,
    ) -> None:
        if settings.twin is not None:
            raise ConfigError(
                "--backend ray places engines, but this scenario's NumPy worlds need none: leave "
                "out --backend"
            )
        super().__init__(_no_env, output, **kept)
        self._cluster = cluster
        self._settings = settings
        self._parameters = dict(parameters)
        self._resources = contextlib.ExitStack()
        self._crew: Crew | None = None
        self._agents = 0

    def open(self) -> None:
        """Start all engines; may be called again."""
        if self._crew is None:
            self._crew, infos = self._resources.enter_context(
                crew_of(self._cluster, self._settings, CollectingActor)
            )
            self._agents = len(infos[0].policy_names)

    def close(self) -> None:
        """End all engines; may be called twice."""
        self._resources.close()
        self._crew = None

    def _collect(
        self, episodes: int, given: PolicyLike, seed: int, take: Callable[[Ended], None]
    ) -> None:
        if given is not None and not isinstance(given, (str, Path)):
            raise UsageError("a policy that is sent to a cluster is a .zip or .onnx file")
        file = None if given is None or Path(given) == RANDOM else Path(given)
        models = SentModels.of([] if file is None else [file])
        self.open()
        assert self._crew is not None, "it is open"
        each = self._agents
        jobs = {
            actor: Job(
                model=None if file is None else str(file),
                models=models,
                episodes=episodes,
                seed=seed,
                meta=dict(self._meta),
                parameters=self._parameters,
                first_engine=task.first,
                part=Part(task.first * each, each * self._settings.num_envs),
            )
            for actor, task in enumerate(self._crew.tasks)
        }
        play_jobs(self._crew, jobs, lambda ended: ended.number, take)


def _no_env() -> Any:
    raise AssertionError("the engines are in actors")
