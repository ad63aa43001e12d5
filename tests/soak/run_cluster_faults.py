#!/usr/bin/env python3
"""Train VR locomotion on two nodes of a Ray cluster while engines, actors, nodes, trainers die.

All of it is on this machine, on loopback. Every few seconds, by chance, one of these is killed with
SIGKILL: an engine, an actor, a node, the trainer. A killed node is followed by a new one, a killed
trainer by one with --resume. Prints what was killed, how long the run stood still at most, and what
it came to. Exit code 1 when it stood still for longer than `--patience`, the trainer gave up, or
something was left running.

    python tests/soak/run_cluster_faults.py --minutes 20
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import psutil

from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging, run_main
from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.connection import connected, import_ray
from rl_training.envs.cluster.own_node import OwnNode

PROJECT = Path(__file__).resolve().parents[2]
NAME = "faults"
NODES = 2
KINDS = {"engine": 4, "actor": 3, "node": 2, "trainer": 1}
"""What is killed, and how often beside the others."""
POLL_S = 0.5
JOIN_S = 120.0
LEFT_S = 60.0


@dataclass
class Seen:
    """What was done to the run, and what it did.

    Attributes:
        killed: how often each kind was.
        timesteps: of the run at the last look.
        moved: `time.monotonic` at which they last changed.
        still_s: longest time without a change while nobody waited for a new trainer.
        lost: timesteps that a killed trainer had and the next began without.
    """

    killed: Counter[str] = field(default_factory=Counter)
    timesteps: int = 0
    moved: float = 0.0
    still_s: float = 0.0
    lost: list[int] = field(default_factory=list)

    def look(self, timesteps: int) -> None:
        """Take note of the run's timesteps now."""
        now = time.monotonic()
        if self.moved:
            self.still_s = max(self.still_s, now - self.moved)
        if timesteps != self.timesteps or not self.moved:
            self.timesteps, self.moved = timesteps, now


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, train and kill, tell."""
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("--minutes", type=float, default=20.0, metavar="N", help="how long things are killed")
    add("--every", type=float, default=30.0, metavar="S", help="mean seconds between two kills")
    add("--arenas", type=int, default=16, metavar="N", help="copies of the scene in each engine")
    add("--patience", type=float, default=300.0, metavar="S", help="longest stand-still allowed")
    add("--seed", type=int, default=0, help="of what is killed when")
    add("--json", type=Path, help="write the figures here")
    given = parser.parse_args(argv)
    configure_logging()
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_faults_") as folder:
        told = run(Path(folder), given)
    deadline = time.monotonic() + LEFT_S
    while (left := ours()) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    told["left_running"] = left
    print(json.dumps(told, indent=1))
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    stood = told["longest_stand_still_s"] > given.patience
    return int(bool(left or told["gave_up"]) or stood)


def run(root: Path, given: Any) -> dict[str, Any]:
    """Train under fire and return the figures."""
    chance = random.Random(given.seed)
    seen = Seen()
    import_ray(own=True)
    with contextlib.ExitStack() as stack:
        head = stack.enter_context(OwnNode(0))
        # Before others join: this process is to hang on the head, which stays.
        ray = stack.enter_context(
            connected(ClusterSettings(backend="ray", address=head.address), 0.0)
        )
        cluster = stack.enter_context(Cluster(head.address))
        trainer = stack.enter_context(Trainer(root, head.address, given.arenas))
        trainer.start(cluster, ray, resume=False)
        began = time.monotonic()
        due = began + chance.expovariate(1.0 / given.every)
        gave_up = ""
        while time.monotonic() < began + 60.0 * given.minutes:
            time.sleep(POLL_S)
            seen.look(trainer.timesteps())
            if trainer.process.poll() is not None:
                gave_up = trainer.last_line()
                break
            if time.monotonic() < due or not seen.timesteps:
                continue
            kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
            if kind == "trainer":
                if not trainer.can_resume():
                    continue
                had = trainer.timesteps()
                trainer.process.kill()
                trainer.process.wait()
                trainer.start(cluster, ray, resume=True)
                seen.moved = 0.0
                seen.lost.append(had - trainer.resumed_at())
                seen.killed[kind] += 1
            elif cluster.kill(kind, chance):
                seen.killed[kind] += 1
            due = time.monotonic() + chance.expovariate(1.0 / given.every)
        minutes = (time.monotonic() - began) / 60.0
        success = trainer.status().get("success_rate")
        trainer.stop()
    return {
        "minutes": round(minutes, 1),
        "killed": dict(seen.killed),
        "timesteps": seen.timesteps,
        "success_rate": success,
        "longest_stand_still_s": round(seen.still_s, 1),
        "timesteps_lost_with_trainers": seen.lost,
        "gave_up": gave_up,
    }


class Cluster:
    """The nodes that offer cores to actors; one that is killed is replaced."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._nodes: list[OwnNode] = []

    def __enter__(self) -> Cluster:
        """Return it, without nodes."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the nodes."""
        self.empty()

    def fill(self) -> None:
        """Let nodes join until they are all there."""
        while len(self._nodes) < NODES:
            self._nodes.append(OwnNode(1, joins=self._address))

    def empty(self) -> None:
        """End the nodes."""
        while self._nodes:
            self._nodes.pop().__exit__(None, None, None)

    def kill(self, kind: str, chance: random.Random) -> bool:
        """Kill an engine, an actor or a node; return whether there was one."""
        node = chance.choice(self._nodes)
        actors = list(_actors(node.pid))
        if kind == "node":
            for process in [psutil.Process(node.pid), *actors]:
                _kill(process)
            self._nodes.remove(node)
            node.__exit__(None, None, None)
            self.fill()
            return True
        if not actors:
            return False
        actor = chance.choice(actors)
        engines = _engines(actor)
        return _kill(actor if kind == "actor" else chance.choice(engines))


class Trainer:
    """The process of `spacetime-rl train`, and what its files say."""

    def __init__(self, root: Path, address: str, arenas: int) -> None:
        self._root = root
        self._log = root / "trainer.log"
        self._command = [
            *(sys.executable, "-m", "rl_training", "train", "--scenario", "vr_locomotion"),
            *("--run_root", str(root), "--experiment_name", NAME, "--timesteps", "100000000"),
            *("--backend", "ray", "--address", address, "--nodes", str(NODES + 1)),
            *("--num_envs", str(NODES), "--engines_per_actor", "1", "--arenas", str(arenas)),
            *("--max_restarts", "1000000", "--set", "training.save_frequency=20000"),
            *("--set", "algorithm.learning_rate_decay=false"),
        ]
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> Trainer:
        """Return it, not started."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        if hasattr(self, "process") and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self, cluster: Cluster, ray: Any, *, resume: bool) -> None:
        """Start it; nodes join when it hangs on the head, which is never killed.

        Ray lets a program hang on any node of its own address, and here all have the same.
        """
        cluster.empty()
        known = len(ray._private.state.jobs())
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self._command, *(["--resume"] if resume else [])],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=PROJECT,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
            )
        deadline = time.monotonic() + JOIN_S
        while len(ray._private.state.jobs()) == known:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"the trainer has not come: {self.last_line()}")
            time.sleep(POLL_S)
        cluster.fill()

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(2)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=LEFT_S)

    def status(self) -> dict[str, Any]:
        """What the run tells of itself; empty before it has begun."""
        path = self._root / "logs" / NAME / "status.json"
        try:
            told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return told

    def timesteps(self) -> int:
        """Decisions that the run has learned from."""
        return int(self.status().get("timesteps", 0))

    def can_resume(self) -> bool:
        """Whether it has written a checkpoint."""
        return any((self._root / "models").glob(f"{NAME}_step_*.zip"))

    def resumed_at(self) -> int:
        """Timesteps with which this process began, waited for."""
        deadline = time.monotonic() + JOIN_S
        while time.monotonic() < deadline and self.process.poll() is None:
            status = self.status()
            if status.get("pid") == self.process.pid and status.get("timesteps"):
                return int(status["timesteps"])
            time.sleep(POLL_S)
        raise TimeoutError(f"the trainer has not gone on: {self.last_line()}")

    def last_line(self) -> str:
        """The last line of its log."""
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return next((line.strip() for line in reversed(lines) if line.strip()), "no output")


def _actors(node: int) -> Iterator[psutil.Process]:
    for process in psutil.Process(node).children():
        with contextlib.suppress(psutil.Error):
            if _engines(process):
                yield process


def _engines(process: psutil.Process) -> list[psutil.Process]:
    found = []
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "--headless" in child.cmdline():
                found.append(child)
    return found


def _kill(process: psutil.Process) -> bool:
    try:
        process.kill()
    except psutil.Error:
        return False
    return True


def ours() -> list[str]:
    """Processes that still run and have the token of this run's cluster, but for this one."""
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            token = process.environ().get("RAY_AUTH_TOKEN")
            if process.pid != os.getpid() and token == os.environ["RAY_AUTH_TOKEN"]:
                left.append(" ".join(process.cmdline())[:120])
    return left


if __name__ == "__main__":
    sys.exit(run_main(main))
