"""The actors of a run: placed by Ray, asked together, made anew when they are lost.

Called by `ray_vec_env`. It knows commands and answers, not what they mean.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.engine_actor import ActorTask, EngineActor, NodeFacts
from rl_training.envs.cluster.game_files import fingerprint, pack, package_fingerprint
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, EngineStartError, HarnessError, UsageError
from rl_training.protocol import EnvInfo

_log = logging.getLogger(__name__)

PLACING_S = 600.0
"""Seconds that a cluster may take to find room for the actors."""
START_TRIES = 5
"""How often an actor may be lost before it has played: its node went while it was placed."""
_LACKS = "its node lacks this package"
_TELL_S = 15.0
_LOOK_EACH_S = 0.5
_CLOSE_S = 10.0


class ActorLostError(EngineDiedError):
    """An actor, or its node, is gone."""


class Crew:
    """All actors of a run.

    Args:
        ray: the package, connected.
        settings: of the run; its engines are dealt out in their order.
        cluster: how.
        kind: of the actors.

    Attributes:
        tasks: engines of each actor.
        facts: of the node of each actor.

    Raises:
        UsageError: a node has another game or another engine, or there is no room.
    """

    def __init__(
        self,
        ray: Any,
        settings: EnvSettings,
        cluster: ClusterSettings,
        kind: type[EngineActor] = EngineActor,
    ) -> None:
        each, engines = cluster.engines_per_actor, settings.num_envs
        self.tasks = [
            ActorTask(settings, first, min(each, engines - first))
            for first in range(0, engines, each)
        ]
        self._ray = ray
        self._cpus = cluster.cpus_per_engine
        self._settings = settings
        self._nodes = cluster.nodes
        self._game = fingerprint(settings)
        self._package = package_fingerprint()
        self._packed: Any = None
        self._class = ray.remote(kind)
        self._gone = (ray.exceptions.RayActorError, ray.exceptions.ObjectLostError)
        self._actors: list[Any] = []
        self._playing: dict[Any, int] = {}
        self._losses: Counter[int] = Counter()
        self.facts: list[NodeFacts] = []

    def start(self) -> list[EnvInfo]:
        """Check every node, then launch all engines.

        Raises:
            HarnessError: a node will not do, or an engine did not start.
        """
        self._gather()
        self._actors = [self._make(task, self._cpus) for task in self.tasks]
        everyone = list(range(len(self.tasks)))
        found = self._looked(everyone)
        self.facts = [found[actor] for actor in everyone]
        for facts in self.facts:
            self._check(facts)
        infos: dict[int, list[EnvInfo]] = {}
        while waiting := [actor for actor in everyone if actor not in infos]:
            asked = {actor: self._launch(actor) for actor in waiting}
            lost = []
            for actor, ref in asked.items():
                given = self._given(actor, ref)
                if isinstance(given, ActorLostError):
                    self._make_again(actor, given)
                    lost.append(actor)
                else:
                    infos[actor] = self.value(actor, given)
            for actor, facts in self._looked(lost).items():
                self._check(facts)
                self.facts[actor] = facts
        return [info for actor in everyone for info in infos[actor]]

    def ask(self, commands: Mapping[int, tuple[str, Any]]) -> Iterator[tuple[int, Any]]:
        """Give actors a command each and yield the answers of all, as they come.

        Yields:
            The actor, and its answer (`group_commands.Answer`), or the `ActorLostError`.
        """
        refs = {self._actors[a].answer.remote(*command): a for a, command in commands.items()}
        yield from self._as_they_come(refs)

    def begin(self, actor: int, given: Sequence[Any]) -> None:
        """Have an actor play a rollout; `finished` tells when it is there.

        Args:
            actor: which.
            given: the arguments of `EngineActor.rollout`, among them what `share` made.
        """
        self._playing[self._actors[actor].rollout.remote(*given)] = actor

    def command(self, actor: int, name: str, data: Any) -> None:
        """Give an actor a command, as `ask` does; `finished` tells when the answer is there."""
        self._playing[self._actors[actor].answer.remote(name, data)] = actor

    def finished(self, *, wait: bool) -> Iterator[tuple[int, Any]]:
        """Yield rollouts and answers that are there, as `ask` does.

        Args:
            wait: until there is one, where any was begun; else only what is there already.
        """
        ready: list[Any] = []
        while self._playing and not ready:
            # Wakes now and then: Ctrl-C is heard between two waits.
            refs = list(self._playing)
            ready, _ = self._ray.wait(
                refs, num_returns=1 if wait else len(refs), timeout=1.0 if wait else 0.0
            )
            if not wait:
                break
        for ref in ready:
            actor = self._playing.pop(ref)
            yield actor, self._given(actor, ref)

    def forget(self, actor: int | None = None) -> None:
        """Take nothing any more that an actor plays now; None: that any of them plays."""
        self._playing = {ref: one for ref, one in self._playing.items() if actor not in (None, one)}

    def share(self, value: Any) -> Any:
        """Return what stands for a value that several actors are given: it travels once a node."""
        return self._ray.put(value)

    def replace(self, actor: int) -> list[EnvInfo]:
        """Make a lost actor anew, on whatever node is there, crowded or not.

        An engine that ends while it starts may have been killed like the actor: it is tried again.

        Raises:
            HarnessError: that failed too.
        """
        for left in reversed(range(START_TRIES)):
            try:
                return self._replace_once(actor)
            except EngineStartError as error:
                if not left:
                    raise
                _log.warning("%s; tried again", error)
        raise AssertionError

    def _replace_once(self, actor: int) -> list[EnvInfo]:
        self._end(self._actors[actor])
        self._actors[actor] = self._make(self.tasks[actor], 0.0)
        facts = self.value(actor, self._get(actor, self._actors[actor].look.remote()))
        self._check(facts)
        self.facts[actor] = facts
        infos: list[EnvInfo] = self.value(actor, self._get(actor, self._launch(actor)))
        return infos

    def close(self) -> None:
        """End all engines and actors."""
        self.forget()
        with self._quietly():
            closing = [actor.close.remote() for actor in self._actors]
            self._ray.wait(closing, num_returns=len(closing), timeout=_CLOSE_S)
        for actor in self._actors:
            self._end(actor)
        self._actors = []

    def name(self, actor: int) -> str:
        """Return how an actor is called in messages."""
        task = self.tasks[actor]
        engines = (
            f"engine {task.first}"
            if task.count == 1
            else (f"engines {task.first} to {task.first + task.count - 1}")
        )
        node = f" on {self.facts[actor].node}" if actor < len(self.facts) else ""
        return f"actor {actor} ({engines}{node})"

    def _make(self, task: ActorTask, cpus: float) -> Any:
        claim = cpus * task.count
        # Ray knows parts of one core, not of several.
        options = {
            "num_cpus": math.ceil(claim) if claim > 1.0 else claim,
            "scheduling_strategy": "SPREAD",
        }
        return self._class.options(**options).remote(task)

    def _launch(self, actor: int) -> Any:
        lacks = not self.facts[actor].game
        if lacks and self._packed is None:
            self._packed = self.share(pack(self._settings))
        return self._actors[actor].start.remote(self._packed if lacks else None, self._game)

    def _gather(self) -> None:
        """Wait until so many nodes have joined as were asked for."""
        deadline, tell_at = time.monotonic() + PLACING_S, time.monotonic()
        while (there := sum(node["Alive"] for node in self._ray.nodes())) < self._nodes:
            now = time.monotonic()
            if now >= deadline:
                raise UsageError(
                    f"{there} of {self._nodes} nodes have joined the cluster in {PLACING_S:g} s: "
                    "start the others (ray start --address=...), or ask for fewer with --nodes"
                )
            if now >= tell_at:
                tell_at = now + _TELL_S
                _log.info("%d of %d nodes have joined; waiting", there, self._nodes)
            time.sleep(_LOOK_EACH_S)

    def _looked(self, actors: Sequence[int]) -> dict[int, NodeFacts]:
        """Wait until these actors have a place and have looked around."""
        refs = {self._actors[actor].look.remote(): actor for actor in actors}
        found: dict[int, NodeFacts] = {}
        deadline, tell_at = time.monotonic() + PLACING_S, time.monotonic() + _TELL_S
        while refs:
            ready, _ = self._ray.wait(list(refs), num_returns=len(refs), timeout=1.0)
            for ref in ready:
                actor = refs.pop(ref)
                given = self._given(actor, ref)
                if isinstance(given, ActorLostError):
                    self._make_again(actor, given)
                    refs[self._actors[actor].look.remote()] = actor
                else:
                    found[actor] = self.value(actor, given)
            now = time.monotonic()
            if refs and now >= deadline:
                raise UsageError(f"{self._no_room(len(refs))}; add nodes or use fewer engines")
            if refs and now >= tell_at:
                tell_at = now + _TELL_S
                _log.info("%s; waiting", self._no_room(len(refs)))
        return found

    def _make_again(self, actor: int, error: ActorLostError) -> None:
        """Make an actor anew that was lost before it played.

        Raises:
            ActorLostError: it was lost too often, or would be lost again.
        """
        self._losses[actor] += 1
        if self._losses[actor] > START_TRIES or _LACKS in str(error):
            raise error
        _log.warning("%s, before it played; made anew", error)
        self._end(self._actors[actor])
        self._actors[actor] = self._make(self.tasks[actor], self._cpus)

    def _no_room(self, waiting: int) -> str:
        offered = self._ray.cluster_resources().get("CPU", 0.0)
        wanted = sum(task.count for task in self.tasks) * self._cpus
        ready, engaged = len(self.tasks) - waiting, len(self.tasks)
        return (
            f"{ready} of {engaged} actors are ready: they claim {wanted:g} cores, the "
            f"cluster's nodes offer {offered:g}"
        )

    def _check(self, facts: NodeFacts) -> None:
        if facts.package != self._package:
            raise UsageError(
                f"node {facts.node} has another version of spacetime-rl (checksum {facts.package}, "
                f"here {self._package}): install the same one there"
            )
        if facts.game not in ("", self._game):
            raise UsageError(
                f"node {facts.node} has another game at "
                f"{self._settings.project_path or self._settings.env_path} "
                f"(checksum {facts.game}, here {self._game}): copy it there anew, or remove it "
                "there and it is sent"
            )
        if facts.engine != self.facts[0].engine:
            raise UsageError(
                f"node {facts.node} has engine {facts.engine}, node {self.facts[0].node} "
                f"{self.facts[0].engine}: one run needs one version (GODOT_BIN, --godot)"
            )

    def _as_they_come(self, refs: dict[Any, int]) -> Iterator[tuple[int, Any]]:
        waiting = list(refs)
        while waiting:
            # Wakes now and then: Ctrl-C is heard between two waits.
            ready, waiting = self._ray.wait(waiting, num_returns=1, timeout=1.0)
            for ref in ready:
                yield refs[ref], self._given(refs[ref], ref)

    def _given(self, actor: int, ref: Any) -> Any:
        try:
            return self._get(actor, ref)
        except ActorLostError as error:
            return error

    def _get(self, actor: int, ref: Any) -> Any:
        try:
            return self._ray.get(ref)
        except self._gone as error:
            raise ActorLostError(f"{self.name(actor)} was lost: {_reason(error)}") from None
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, BaseException) else error
            raise EngineStartError(
                f"{self.name(actor)} failed: {type(cause).__name__}: {cause}"
            ) from error

    def value(self, actor: int, given: Any) -> Any:
        """Return an answer's value.

        Raises:
            HarnessError: the answer is an error; the message names the actor and its node.
        """
        if given[0] == "error":
            error: HarnessError = given[1]
            told = type(error)(f"{self.name(actor)}: {error}")
            told.failure = error.failure
            raise told from error
        return given[1]

    def _end(self, actor: Any) -> None:
        with self._quietly():
            self._ray.kill(actor, no_restart=True)

    def _quietly(self) -> contextlib.suppress:
        """Suppress what ending something that may be gone raises."""
        return contextlib.suppress(self._ray.exceptions.RayError, RuntimeError, ValueError)


def _reason(error: Exception) -> str:
    """Return what Ray says of a loss in one line."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()]
    if any("No module named 'rl_training'" in line for line in said):
        return f"{_LACKS}: pip install 'spacetime-rl[ray]' there"
    return said[0] if said else type(error).__name__
