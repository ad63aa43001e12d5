"""The episodes of an evaluation spread over the actors of a Ray cluster.

Called by `evaluate` for `--backend ray`. An actor owns some of the engines and the models, and
plays the episodes of its agents where it is; only episodes come back. Agent `g` of `G` plays the
episodes `g`, `g + G`, ... wherever it is, so they are those of one machine.
"""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rl_training.config.sections import ClusterSettings
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.cluster.connection import connected
from rl_training.envs.cluster.crew import ActorLostError, Crew
from rl_training.envs.cluster.engine_actor import EngineActor
from rl_training.envs.cluster.game_files import absolute
from rl_training.envs.engine_group import EngineGroup
from rl_training.envs.godot_vec_env import GodotVecEnv
from rl_training.envs.group_commands import Answer
from rl_training.envs.group_rows import check_equal
from rl_training.envs.groups import ParameterSetting
from rl_training.envs.settings import EnvSettings
from rl_training.errors import ConfigError, HarnessError, UsageError
from rl_training.evaluation.request import SAMPLED, EvaluationRequest
from rl_training.play.agents import groups_of
from rl_training.play.episodes import Episode
from rl_training.play.players import RANDOM, Players
from rl_training.play.policies import load_players
from rl_training.play.through_python import Part, play

_log = logging.getLogger(__name__)

_MAY_BE_LOST = 3
"""Actors that are made anew in one evaluation; their episodes are played again, from the first."""


@dataclass(frozen=True)
class Job:
    """What an actor plays; can be pickled.

    Attributes:
        models: the players, with the numbers of `files` in place of their files.
        files: suffix and content of each.
        episodes, seed, limit, parameters: see `through_python.play`.
        part: which of the agents are the actor's.
    """

    models: Players
    files: tuple[tuple[str, bytes], ...]
    episodes: int
    seed: int
    limit: int | None
    parameters: dict[str, ParameterSetting]
    part: Part


@dataclass(frozen=True)
class Told:
    """What actors played; can be pickled.

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


class _Around(GodotVecEnv):
    """Engines that somebody else started and ends, as a `VecEnv`."""

    def __init__(self, settings: EnvSettings, group: EngineGroup) -> None:
        self._given = group
        super().__init__(**settings.as_arguments())

    def _launch(self) -> EngineGroup:
        return self._given


class EvaluationActor(EngineActor):
    """Plays the episodes of its engines' agents."""

    def answer(self, name: str, data: Any) -> Answer:
        """Do what a command says; "evaluate" with a `Job` answers with `Told`."""
        if name != "evaluate":
            return super().answer(name, data)
        try:
            return ("ok", self._evaluated(data), [])
        except HarnessError as error:
            return ("error", error)

    def _evaluated(self, job: Job) -> Told:
        assert self._group is not None, "start() comes first"
        with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
            env = _Around(self._task.settings, self._group)
            players = _unpacked(job, Path(folder))
            policies = load_players(players, env)
            episodes = play(
                env, policies, job.episodes, job.seed, job.limit, None, job.parameters, job.part
            )
            harness = env.env_info.harness
            engine = "" if harness is None else harness.engine
            return Told(tuple(episodes), engine, env.engine_messages(), tuple(groups_of(env)))


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
        tell: told of every episode, those of an actor when it has played them all.

    Raises:
        UsageError: the request needs this machine, Ray is not installed, or the cluster cannot be
            used.
        HarnessError: the play failed, or too many actors were lost.
    """
    _refuse(request, settings)
    settings = absolute(settings)
    with contextlib.ExitStack() as stack:
        ray = stack.enter_context(connected(cluster, settings.num_envs * cluster.cpus_per_engine))
        crew = Crew(ray, settings, cluster, EvaluationActor)
        stack.callback(crew.close)
        infos = crew.start()
        check_equal(infos)
        each = len(infos[0].policy_names)
        files = tuple((file.suffix, file.read_bytes()) for file in request.players.files)
        jobs = {
            actor: Job(
                models=_numbered(request.players),
                files=files,
                episodes=request.episodes,
                seed=request.seed,
                limit=limit,
                parameters=dict(request.parameters),
                part=Part(task.first * each, each * settings.num_envs),
            )
            for actor, task in enumerate(crew.tasks)
        }
        found: dict[int, Told] = {}
        for actor, told in _answers(crew, jobs):
            found[actor] = told
            for episode in told.episodes:
                tell(episode)
    parts = [found[actor] for actor in sorted(found)]
    messages = EngineMessages()
    for part in parts:
        messages += part.messages
    episodes = sorted((e for part in parts for e in part.episodes), key=lambda each: each.index)
    return Told(tuple(episodes), parts[0].engine, messages, parts[0].groups)


def _answers(crew: Crew, jobs: dict[int, Job]) -> Iterator[tuple[int, Told]]:
    """Yield what actors played, as they end; those that are lost are made anew and play again."""
    waiting, lost = set(jobs), 0
    while waiting:
        again: set[int] = set()
        for actor, answer in crew.ask({a: ("evaluate", jobs[a]) for a in waiting}):
            if not isinstance(answer, ActorLostError):
                yield actor, crew.value(actor, answer)
                continue
            lost += 1
            if lost > _MAY_BE_LOST:
                raise answer
            crew.replace(actor)
            _log.warning("%s; made anew, it plays its episodes again", answer)
            again.add(actor)
        waiting = again


def _refuse(request: EvaluationRequest, settings: EnvSettings) -> None:
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
    if settings.twin is not None:
        raise ConfigError(
            "--backend ray places engines, but this scenario's NumPy worlds need none: add "
            "--simulator godot, or leave out --backend"
        )


def _numbered(players: Players) -> Players:
    numbers = {file: Path(str(number)) for number, file in enumerate(players.files)}
    numbers[RANDOM] = RANDOM
    groups = {
        name: None if file is None else numbers[file] for name, file in players.groups.items()
    }
    return Players(None if players.others is None else numbers[players.others], groups)


def _unpacked(job: Job, folder: Path) -> Players:
    """Write a job's models down; return the players of these files."""
    paths: dict[Path, Path] = {}
    for number, (suffix, content) in enumerate(job.files):
        paths[Path(str(number))] = folder / f"model_{number}{suffix}"
        paths[Path(str(number))].write_bytes(content)
    groups = {
        name: None if file is None else paths[file] for name, file in job.models.groups.items()
    }
    return Players(None if job.models.others is None else paths[job.models.others], groups)
