"""How many engines one learner can feed on: recorded rollouts in place of engines.

    python tools/measure_growth.py --record build/rollout.pickle     # plays one, with an engine
    python tools/measure_growth.py --replay build/rollout.pickle --engines 1 10 100 1000

A simulated engine is an actor that hands back the recorded rollout, as many bytes, when as much
time has passed as it took; its numbers are pickled and unpickled as on the way to an actor and
back. The learner is the real one. There are no engines, no actors' processes, no Ray and no
network in it: it shows where the learner alone bends. Seconds of the processor are told beside
those of the clock, since other work on the machine slows the clock only.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import pickle
import random
import resource
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import torch

from rl_training.algorithms.collection import CollectingPPO
from rl_training.algorithms.normalisation import SeatNormalize
from rl_training.config.sections import ClusterSettings
from rl_training.envs import EnvSettings, GodotVecEnv
from rl_training.envs.batches import EngineReset
from rl_training.envs.cluster import ray_vec_env
from rl_training.envs.cluster.engine_actor import ActorTask, NodeFacts
from rl_training.envs.group_commands import answer
from rl_training.envs.playing.whole_rollout import Played
from rl_training.envs.seats import SeatMonitor
from rl_training.protocol import EnvInfo
from rl_training.scenarios import get_scenario

# PPO as `train` sets it for vr_locomotion.
_BATCH, _EPOCHS = 2048, 6
# An engine's rollout takes so much more or less than the recorded one.
_SPREAD = 0.2


@dataclass(frozen=True)
class Record:
    """A rollout of one engine.

    Attributes:
        info: what the engine declared.
        begun: its agents' first observations.
        played: the rollout, pickled as an actor's answer is.
        seconds: that it took.
        steps: decisions of an agent.
        settings: of the engine.
    """

    info: EnvInfo
    begun: EngineReset
    played: bytes
    seconds: float
    steps: int
    settings: EnvSettings


class Recording(GodotVecEnv):
    """Engines of this process that are played by command; keeps the newest rollout."""

    played: bytes = b""
    seconds: float = 0.0

    def play(self, score: Any, draws: Any, before: Any) -> Iterator[Any]:
        """See `free_rollout.WholeRollouts`."""
        del before
        rows, began = slice(0, self.num_envs), time.perf_counter()
        told = answer(self._open_group(), "rollout", (score, draws.part(rows), None))
        self.seconds = time.perf_counter() - began
        if told[0] == "error":
            raise told[1]
        self.played = pickle.dumps(told, protocol=5)
        yield rows, self.blocks, told[1]


class RecordedCrew:
    """Stands for `crew.Crew`: actors of one simulated engine each.

    Args:
        record: what each of them plays.
        engines: how many.
    """

    def __init__(self, record: Record, engines: int) -> None:
        self._record = record
        self._random = random.Random(engines)
        self._due: list[tuple[float, int, int]] = []
        self.tasks = [ActorTask(record.settings, number, 1) for number in range(engines)]
        self.facts = [NodeFacts("simulated", "", 0, "", "", "")] * engines
        self.waited_s = 0.0
        self.sent = 0

    def start(self) -> list[EnvInfo]:
        """Return what the engines declare."""
        return [self._record.info] * len(self.tasks)

    def close(self) -> None:
        """Nothing runs."""

    def name(self, actor: int) -> str:
        """Return how an actor is called."""
        return f"actor {actor}"

    def share(self, value: Any) -> Any:
        """Keep the policy; it is pickled once, as in the object store."""
        self.sent = len(pickle.dumps(value, protocol=5))
        return value

    def ask(self, commands: Mapping[int, tuple[str, Any]]) -> Iterator[tuple[int, Any]]:
        """Answer a reset; nothing else is asked."""
        for actor, (name, _) in commands.items():
            assert name == "reset", name
            yield actor, ("ok", [self._record.begun], [])

    def begin(self, actor: int, given: Sequence[Any]) -> None:
        """Take the random numbers of a rollout, which is there after its time."""
        pickle.dumps(given[1:], protocol=5)
        took = self._record.seconds * self._random.uniform(1.0 - _SPREAD, 1.0 + _SPREAD)
        entry = (time.monotonic() + took, actor, given[0].actor.version)
        heapq.heappush(self._due, entry)

    def finished(self, *, wait: bool) -> Iterator[tuple[int, Any]]:
        """Yield rollouts whose time has come."""
        if wait and self._due and self._due[0][0] > time.monotonic():
            pause = self._due[0][0] - time.monotonic()
            self.waited_s += pause
            time.sleep(pause)
        while self._due and self._due[0][0] <= time.monotonic():
            _, actor, version = heapq.heappop(self._due)
            kind, played, restarts = pickle.loads(self._record.played)
            yield actor, (kind, replace(played, version=version), restarts)
            if wait:
                return

    def forget(self, actor: int | None = None) -> None:
        """Take no rollout of before."""
        self._due = [each for each in self._due if actor not in (None, each[1])]


def learner(env: Any, steps: int) -> Any:
    """Return PPO as `train` makes it, but for its rollout."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # batches are larger than few rollouts
        return CollectingPPO(
            "MultiInputPolicy",
            SeatNormalize(SeatMonitor(env)),
            n_steps=steps,
            batch_size=_BATCH,
            n_epochs=_EPOCHS,
            seed=0,
            device="cpu",
            collection="free",
        )


def collected(model: Any) -> None:
    """Collect a rollout."""
    _, callback = model._setup_learn(1 << 40, None)
    model.collect_rollouts(model.env, callback, model.rollout_buffer, model.n_steps)


def record(options: argparse.Namespace) -> None:
    """Play two rollouts of one engine and keep the second."""
    scenario = get_scenario(options.scenario)
    settings = EnvSettings(
        project_path=str(ROOT),
        scene_path=scenario.scene_path,
        arenas=options.arenas,
        action_repeat=scenario.action_repeat,
        port=options.port,
    )
    with Recording.from_settings(settings) as env:
        model = learner(env, options.steps)
        collected(model)
        collected(model)
        begun = EngineReset((env.reset(),), [{}] * env.num_envs, None)
        # A path of this machine is nobody else's.
        plain = replace(settings, project_path=".")
        kept = Record(env.env_info, begun, env.played, env.seconds, options.steps, plain)
    options.record.parent.mkdir(parents=True, exist_ok=True)
    options.record.write_bytes(pickle.dumps(kept))
    told: Played = pickle.loads(kept.played)[1]
    print(f"{options.steps} decisions of {told.rewards.shape[1]} agents in {kept.seconds:.2f} s")
    print(f"{len(kept.played):,} bytes: {len(kept.played) / told.rewards.size:.0f} a decision")


def measured(kept: Record, engines: int, stale: int, updates: int) -> str:
    """Learn from so many simulated engines; return a line of the table."""
    crew = RecordedCrew(kept, engines)

    @contextlib.contextmanager
    def connected(*_: Any) -> Iterator[None]:
        yield

    place: Any = ray_vec_env
    place.connected = connected
    place.Crew = lambda *_: crew
    settings = replace(kept.settings, num_envs=engines)
    cluster = ClusterSettings(backend="ray", engines_per_actor=1)
    with ray_vec_env.RayVecEnv(settings, cluster) as env:
        model = learner(env, kept.steps)
        model.stale_rollouts = stale
        _, callback = model._setup_learn(1 << 40, None)
        took = [0.0, 0.0]
        wall, begun = time.perf_counter(), model.num_timesteps
        for _ in range(updates):
            marks = [time.process_time()]
            model.collect_rollouts(model.env, callback, model.rollout_buffer, kept.steps)
            marks.append(time.process_time())
            model.train()
            marks.append(time.process_time())
            took[0] += marks[1] - marks[0]
            took[1] += marks[2] - marks[1]
        wall = time.perf_counter() - wall
        agents = env.num_envs // engines
        rollouts = (model.num_timesteps - begun) / agents / kept.steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    cost = [1000.0 * each / rollouts for each in took]
    return (
        f"| {engines} | {engines / kept.seconds:.1f} | {rollouts / wall:.2f} | "
        f"{100.0 * crew.waited_s / wall:.0f} % | {cost[0]:.1f} | {cost[1]:.1f} | "
        f"{1000.0 / sum(cost):.1f} | {peak:.0f} |"
    )


def main() -> int:
    """Record, or measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--record", type=Path, metavar="FILE", help="play a rollout and keep it")
    what.add_argument("--replay", type=Path, metavar="FILE", help="measure with a recorded one")
    parser.add_argument("--scenario", default="vr_locomotion")
    parser.add_argument("--steps", type=int, default=32, help="decisions of the rollout (32)")
    parser.add_argument("--arenas", type=int, default=16)
    parser.add_argument("--port", type=int, default=13300)
    parser.add_argument("--engines", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--updates", type=int, default=2, help="of each number of engines (2)")
    parser.add_argument("--stale_rollouts", type=int, default=0, choices=(0, 1, 2))
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.record is not None:
        record(options)
        return 0
    kept: Record = pickle.loads(options.replay.read_bytes())
    print(f"rollouts of {kept.steps} decisions, {kept.seconds:.2f} s, {len(kept.played):,} bytes")
    print(
        "| engines | they could bring, rollouts/s | learned from, rollouts/s | learner waits | "
        "to take one, ms CPU | to learn from one, ms CPU | a core of its own, rollouts/s | "
        "peak memory, MB |"
    )
    print("|" + "---|" * 8)
    for engines in options.engines:
        print(measured(kept, engines, options.stale_rollouts, options.updates), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
