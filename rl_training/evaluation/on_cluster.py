"""The episodes of an evaluation spread over the actors of a Ray cluster.

Called by `evaluate` for `--backend ray`. An actor owns some of the engines and the models, and
plays the episodes of its agents where it is; only episodes come back. Agent `g` of `G` plays the
episodes `g`, `g + G`, ... wherever it is, so they are those of one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rl_training.config.sections import ClusterSettings
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.envs.cluster.jobs import crew_of, play_jobs
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import EnvSettings
from rl_training.errors import UsageError
from rl_training.evaluation.request import SAMPLED, EvaluationRequest
from rl_training.play.episodes import Episode
from rl_training.play.players import Players
from rl_training.play.policies import load_players
from rl_training.play.sent_models import SentModels, moved
from rl_training.play.through_python import Part, played


@dataclass(frozen=True)
class Job:
    """What an actor plays; can be pickled.

    Attributes:
        players: with the models' paths on the machine that sends them.
        models: their files.
        episodes, seed, limit, parameters: see `through_python.play`.
        part: which of the agents are the actor's.
    """

    players: Players
    models: SentModels
    episodes: int
    seed: int
    limit: int | None
    parameters: dict[str, ParameterSetting]
    part: Part


@dataclass(frozen=True)
class Told:
    """What actors played.

    Attributes:
        episodes: by rising index.
        engine: its version.
        messages: of the engines' logs.
        groups: of the scene, in its order.
    """

    episodes: tuple[Episode, ...]
    engine: str
    messages: EngineMessages
    groups: tuple[str, ...]


class EvaluationActor(JobActor):
    """Plays the episodes of its engines' agents."""

    def items(self, env: GodotVecEnv, job: Job) -> Iterator[Episode]:
        """Yield the episodes of a `Job` as they end."""
        with job.models.written() as copies:
            policies = load_players(moved(job.players, copies), env)
        yield from played(
            env, policies, job.episodes, job.seed, job.limit, job.parameters, job.part
        )


def evaluate_on_cluster(
    request: EvaluationRequest,
    cluster: ClusterSettings,
    settings: EnvSettings,
    limit: int | None,
    tell: Callable[[Episode], None],
) -> Told:
    """Play an evaluation's episodes on a cluster.

    Args:
        request: what to play; its models are files of this machine.
        cluster: where.
        settings: of the engines of all nodes together.
        limit: decisions after which an episode is an error; None: no bound.
        tell: told of every episode.

    Raises:
        UsageError: the request needs this machine, Ray is not installed, or the cluster cannot be
            used.
        HarnessError: the play failed, or too many actors were lost.
    """
    _refuse(request)
    with crew_of(cluster, settings, EvaluationActor) as (crew, infos):
        each = len(infos[0].policy_names)
        models = SentModels.of(request.players.files)
        jobs = {
            actor: Job(
                players=request.players,
                models=models,
                episodes=request.episodes,
                seed=request.seed,
                limit=limit,
                parameters=dict(request.parameters),
                part=Part(task.first * each, each * settings.num_envs),
            )
            for actor, task in enumerate(crew.tasks)
        }
        episodes: list[Episode] = []

        def take(episode: Episode) -> None:
            episodes.append(episode)
            tell(episode)

        told = play_jobs(crew, jobs, lambda episode: episode.index, take)
    episodes.sort(key=lambda episode: episode.index)
    return Told(tuple(episodes), told.engine, told.messages, told.groups)


def _refuse(request: EvaluationRequest) -> None:
    """Raise where an evaluation needs this machine, or draws numbers in the order of all agents."""
    here = {
        "--in_engine": request.in_engine,
        "--viz": request.viz,
        "--record": request.record is not None,
        "--performance": request.performance,
        "--actions sampled": request.actions == SAMPLED,
        "--model random": request.players.any_random,
    }
    for words, wanted in here.items():
        if wanted:
            raise UsageError(f"{words} plays on this machine only: leave out --backend ray")
