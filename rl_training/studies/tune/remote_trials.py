"""The trials of a search in actors of a Ray cluster, one beside the other.

Called by the command for `--backend ray`. Optuna stays here: an actor is told what to train and
asked how it stands. A trial whose actor is lost is trained again, once.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rl_training.config import TrainConfig
from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.connection import connected
from rl_training.envs.cluster.crew import ActorLostError, Crew
from rl_training.envs.cluster.game_files import absolute
from rl_training.envs.settings import EnvSettings
from rl_training.errors import HarnessError, StorageError
from rl_training.runs.paths import RunPaths
from rl_training.scenarios import get_scenario
from rl_training.studies.tune.trial_actor import (
    ASK,
    LOOK,
    TRAIN,
    TrialActor,
    TrialJob,
    TrialState,
    Wish,
    put_files,
    run_files,
)
from rl_training.studies.tune.trials import Evaluation, make_way, trial_log, with_absolute_paths
from rl_training.training.configuration import run_paths, save_config
from rl_training.training.environment import env_settings

logger = logging.getLogger(__name__)

_LOOK_EACH_S = 1.0
_TRIES = 2


class RemoteTrials:
    """Places for trials on the nodes of a cluster; a `Begin`.

    Args:
        crew: an actor for each place, started.
        folder: of the study: gets what trials print.
    """

    look_each_s = _LOOK_EACH_S

    def __init__(self, crew: Crew, folder: Path) -> None:
        self.crew = crew
        self.folder = folder
        self._there: dict[int, RemoteTrial] = {}

    def __call__(self, config: TrainConfig, place: int) -> RemoteTrial:
        """Return the training of these settings in a place that is free."""
        return RemoteTrial(self, config, place)

    def enter(self, trial: RemoteTrial) -> None:
        """Let a trial have its place."""
        self._there[trial.place] = trial

    def leave(self, trial: RemoteTrial) -> None:
        """Free a trial's place."""
        if self._there.get(trial.place) is trial:
            del self._there[trial.place]

    def look(self) -> None:
        """Take the answers that are there, and ask on."""
        for place, answer in self.crew.finished(wait=False):
            if place in self._there:
                self._there[place].take(answer)
        for trial in list(self._there.values()):
            trial.ask_on()


class RemoteTrial:
    """A trial's training on another machine; see `trials.Training`.

    Its files are written here when it has ended.
    """

    def __init__(self, trials: RemoteTrials, config: TrainConfig, place: int) -> None:
        self.paths: RunPaths = run_paths(config)
        self.place = place
        self.is_ended = False
        self.failure = ""
        self.was_stopped = False
        self.timesteps = 0
        self._trials = trials
        self._config = config
        self._job = TrialJob(config)
        self._evaluations: list[Evaluation] = []
        self._began = time.monotonic()
        self._next_look: float | None = None
        self._tries = 0
        self._to_end = False

    @property
    def seconds(self) -> float:
        """Since its start."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        self._trials.look()
        return self.is_ended

    def start(self, resume: bool = False) -> None:
        """Send it to its place; see `Training`."""
        resume = make_way(self.paths, resume=resume)
        files = run_files(self.paths) if resume else ()
        self._job = TrialJob(with_absolute_paths(self._config), files)
        self._began = time.monotonic()
        self._trials.enter(self)
        self._send()

    def new_evaluations(self) -> list[Evaluation]:
        """Return the evaluations since the last call."""
        found, self._evaluations = self._evaluations, []
        return found

    def end(self) -> None:
        """Ask it to save and end, once."""
        if not self._to_end:
            self._ask("end")

    def interrupt(self) -> None:
        """Do as Ctrl-C does."""
        self._ask("interrupt")

    def kill(self) -> None:
        """End it without saving; twice is safe."""
        if not self.is_ended:
            self._ask("kill")
            self._over("it was ended")

    def close(self) -> None:
        """Free its place."""
        self._trials.leave(self)

    def take(self, answer: Any) -> None:
        """Take an answer of its actor."""
        if self.is_ended:
            return
        if isinstance(answer, ActorLostError):
            self._lost(answer)
            return
        try:
            told = self._trials.crew.value(self.place, answer)
            if told == TRAIN:
                self._next_look = time.monotonic()
            elif isinstance(told, TrialState):
                self._take_state(told)
        except HarnessError as error:
            self._over(" ".join(str(error).split()))

    def ask_on(self) -> None:
        """Ask how it stands, when that is due."""
        due = self._next_look
        if due is not None and not self.is_ended and time.monotonic() >= due:
            self._next_look = None
            self._trials.crew.command(self.place, LOOK, None)

    def _take_state(self, state: TrialState) -> None:
        self._evaluations += state.evaluations
        self.timesteps = state.timesteps
        log = trial_log(self._trials.folder, self.paths)
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with open(log, "ab") as file:
                file.write(state.output)
        except OSError as error:
            raise StorageError(f"cannot write {log}: {error.strerror or error}") from error
        if not state.is_over:
            self._next_look = time.monotonic() + self._trials.look_each_s
            return
        put_files(self.paths.root, state.files)
        if self.paths.config.is_file():
            # With the paths of this machine.
            save_config(self.paths, self._config)
        self.was_stopped = state.was_stopped
        self._over(state.failure)

    def _lost(self, error: ActorLostError) -> None:
        # The next trial of this place needs one too.
        self._trials.crew.replace(self.place)
        if self._to_end or self._tries >= _TRIES:
            self._over(str(error))
            return
        logger.warning("%s; made anew, it trains %s again", error, self.paths.experiment)
        self._send()

    def _send(self) -> None:
        self._tries += 1
        self._next_look = None
        self._trials.crew.command(self.place, TRAIN, self._job)

    def _ask(self, wish: Wish) -> None:
        self._to_end = True
        if not self.is_ended:
            self._trials.crew.command(self.place, ASK, wish)

    def _over(self, failure: str) -> None:
        self.is_ended, self.failure = True, failure


@contextlib.contextmanager
def trials_on_cluster(
    config: TrainConfig, cluster: ClusterSettings, places: int, folder: Path
) -> Iterator[RemoteTrials]:
    """Have actors for trials for the time of the block.

    Args:
        config: of the trials; each has its engines where it trains.
        cluster: where.
        places: trials beside each other.
        folder: of the study: gets what trials print.

    Raises:
        UsageError: Ray is not installed, the cluster cannot be used, or there is no room.
    """
    one = env_settings(with_absolute_paths(config), get_scenario(config.scenario))
    # The crew counts engines: it deals those of one trial to each actor.
    settings = EnvSettings(
        env_path=one.env_path,
        project_path=one.project_path,
        godot=one.godot,
        num_envs=one.num_envs * places,
    )
    each = cluster.replace({"engines_per_actor": one.num_envs})
    with contextlib.ExitStack() as stack:
        cpus = math.ceil(settings.num_envs * cluster.cpus_per_engine)
        ray = stack.enter_context(connected(each, cpus))
        crew = Crew(ray, absolute(settings), each, TrialActor)
        stack.callback(crew.close)
        crew.start()
        yield RemoteTrials(crew, folder)
