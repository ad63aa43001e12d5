"""The matches of a tournament spread over the actors of a Ray cluster.

Called by `tournament` for `--backend ray`. An actor owns some of the engines and the models, and
plays the queues of its engines where it is; only results come back. What an engine plays follows
from its number in the run, so the results are those of one machine.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rl_training.config.sections import ClusterSettings
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.envs.cluster.jobs import crew_of, play_jobs
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.settings import EnvSettings
from rl_training.play.sent_models import SentModels
from rl_training.ratings.matches import Planned, Result, dealt
from rl_training.ratings.play_matches import Program


@dataclass(frozen=True)
class Job:
    """What an actor plays; can be pickled.

    Attributes:
        program: with the models' paths on the machine that sends them, and no matches.
        models: their files.
        queues: the matches of each of the actor's engines.
    """

    program: Program
    models: SentModels
    queues: tuple[tuple[Planned, ...], ...]


class MatchActor(JobActor):
    """Plays the matches of its engines."""

    def items(self, env: GodotVecEnv, job: Job) -> Iterator[Result]:
        """Yield the results of a `Job` as they come."""
        # Also while it plays: a model is loaded when the first match begins.
        with job.models.written() as copies:
            players = {
                name: dataclasses.replace(one, model=copies[one.model]) if one.model else one
                for name, one in job.program.players.items()
            }
            program = dataclasses.replace(job.program, players=players)
            yield from program.played(env, job.queues)


def play_on_cluster(
    cluster: ClusterSettings,
    program: Program,
    settings: EnvSettings,
    take: Callable[[Result], None],
) -> tuple[str, EngineMessages]:
    """Play matches on a cluster.

    Args:
        cluster: where.
        program: what; its models are files of this machine.
        settings: of the engines of all nodes together.
        take: told of every match.

    Returns:
        The engines' version, and what their logs told.

    Raises:
        UsageError: Ray is not installed, or the cluster cannot be used.
        HarnessError: the play failed, or too many actors were lost.
    """
    queues = dealt(program.planned, settings.num_envs)
    models = SentModels.of(one.model for one in program.players.values() if one.model is not None)
    rules = program.rules
    sent = dataclasses.replace(
        program,
        planned=(),
        # Views of mappings cannot be pickled.
        rules=dataclasses.replace(
            rules, parameters=dict(rules.parameters), drivers=dict(rules.drivers)
        ),
    )
    with crew_of(cluster, settings, MatchActor) as (crew, _):
        jobs = {
            actor: Job(
                sent,
                models,
                tuple(tuple(queue) for queue in queues[task.first : task.first + task.count]),
            )
            for actor, task in enumerate(crew.tasks)
        }
        told = play_jobs(crew, jobs, lambda result: result.match, take)
    return told.engine, told.messages
