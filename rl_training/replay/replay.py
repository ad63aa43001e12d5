"""Play a recorded episode again in the engine, and say whether it is the same, bit by bit."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.data.recording import (
    PART_SUFFIX,
    SUFFIX,
    Recording,
    read_recording,
)
from rl_training.engine.launch import EngineCommand
from rl_training.engine.log_messages import EngineMessages
from rl_training.envs.launch_plan import DRAW_WINDOW, LaunchPlan, make_plan
from rl_training.envs.lone_engine import lone_command, run_alone
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError, RecordingError, UsageError
from rl_training.play.players import parameters_text
from rl_training.project_files import chosen_project, chosen_scene
from rl_training.replay.divergence import Divergence, find_divergence, header_changes

MOVIES = (".avi", ".ogv", ".png")
"""What the engine's movie writer can write; .png is a sequence of pictures."""
_SHOWN = 8
# A machine that is busy still plays this many decisions a second without a window.
_SLOWEST_DECISIONS_PER_S = 20.0
_SLOWEST_FRAMES_PER_S = 0.5


@dataclass(frozen=True)
class ReplayRequest:
    """What to play again, and where.

    Attributes:
        recording: a .replay or .part file.
        viz: in a window, at the speed of the clock.
        video: file to film it into; None: none.
        video_fps: pictures a simulated second, >= 1.
        godot: engine binary; None: found or installed.
        env_path: an exported game.
        project_path: another Godot project; None: this repository.
        scene_path: replaces the scene of the recording.
        env_args: further arguments for the engine or the game.
        keep: file to keep the replay's own recording in; None: it is removed.
        timeout_s: seconds to start, and to stay silent.
    """

    recording: Path
    viz: bool = False
    video: Path | None = None
    video_fps: int = 30
    godot: str | None = None
    env_path: str | None = None
    project_path: str | None = None
    scene_path: str | None = None
    env_args: tuple[str, ...] = ()
    keep: Path | None = None
    timeout_s: float = 60.0

    def __post_init__(self) -> None:
        if self.viz and self.video is not None:
            raise UsageError("--viz and --video cannot be combined: one runs by the clock")
        if self.video is not None and self.video.suffix not in MOVIES:
            raise UsageError(f"{self.video} must end in {', '.join(MOVIES)}")
        if self.video_fps < 1:
            raise UsageError(f"video_fps must be at least 1; found {self.video_fps}")


@dataclass(frozen=True)
class ReplayResult:
    """What a replay came to.

    Attributes:
        recorded: the recording.
        replayed: the same episode as the engine plays it now; None when the engine failed before
            its first decision.
        divergence: where they begin to differ; None: nowhere.
        failure: how the engine ended, if it failed; else empty.
        changes: circumstances that differ, e.g. the engine's version: (then, now).
        log: last lines of the engine's output.
        messages: errors and warnings that the engine told in the replay.
    """

    recorded: Recording
    replayed: Recording | None
    divergence: Divergence | None
    failure: str
    changes: dict[str, tuple[Any, Any]]
    log: tuple[str, ...]
    messages: EngineMessages = field(default_factory=EngineMessages)

    @property
    def is_identical(self) -> bool:
        """Whether everything that was recorded came again, and the engine did not fail."""
        return self.divergence is None and not self.failure

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        recorded, replayed = self.recorded, self.replayed
        return {
            "recording": str(recorded.path),
            "identical": self.is_identical,
            "decisions": len(recorded.decisions),
            "decisions_replayed": 0 if replayed is None else len(replayed.decisions),
            "complete": recorded.is_complete,
            "scene_compared": recorded.has_scene,
            "divergence": None if self.divergence is None else self.divergence.to_dict(),
            "failure": self.failure,
            "changes": {key: list(pair) for key, pair in self.changes.items()},
            "engine_errors": {
                "script_errors": self.messages.script_errors.count,
                "pushed_errors": self.messages.errors.count,
                "pushed_warnings": self.messages.warnings.count,
                "texts": list(self.messages.script_errors.texts),
            },
            "agents": [
                {"episode": agent.episode, "seed": agent.seed, "policy": agent.policy}
                for agent in recorded.agents
            ],
            "parameters": recorded.parameters,
        }

    def lines(self) -> list[str]:
        """Return it as lines of text."""
        lines = [describe(self.recorded)]
        lines += [
            f"changed since: {key} was {then!r}, is {now!r}"
            for key, (then, now) in self.changes.items()
        ]
        lines += self._verdict()
        lines += self.messages.lines()
        return lines

    def _verdict(self) -> list[str]:
        recorded, replayed = self.recorded, self.replayed
        if self.divergence is not None:
            return _divergence_lines(self.divergence, recorded)
        played = 0 if replayed is None else len(replayed.decisions)
        if self.failure:
            same = "as far as it came" if played else "before the first decision"
            kind = "the recording ends there too" if not recorded.is_complete else "it is not over"
            return [f"the engine FAILED, {same}: {self.failure}", f"decisions: {played}; {kind}"]
        what = "scene, observations and rewards" if recorded.has_scene else "observations, rewards"
        lines = [
            f"bit-identical: {played} decisions, {played * recorded.action_repeat} ticks ({what})"
        ]
        if not recorded.is_complete:
            lines.append(
                f"the recording stops after {len(recorded.decisions)} decisions: its engine ended "
                "there; this one did not" + _not_finite(replayed)
            )
        return lines


def replay(request: ReplayRequest) -> ReplayResult:
    """Play a recording again and compare.

    Raises:
        RecordingError: the file cannot be used.
        UsageError: the project, the scene, the engine or the screen will not do.
        EngineTimeoutError: the engine did not end in time.
        EngineDiedError: the engine failed, and left nothing to compare.
    """
    recorded = read_recording(request.recording)
    if not recorded.decisions:
        raise RecordingError(f"{request.recording} holds no decision: there is nothing to play")
    plan = make_plan(_settings(request, recorded))
    if plan.game is None or not plan.game.has_our_addon:
        raise UsageError("a replay needs a game with addons/godot_rl")
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder, plan.screen() as ready:
        command = _playing(ready, request, recorded, Path(folder))
        limit = _limit_s(request, recorded, command)
        end = run_alone([command], limit, "its replay", may_fail=True)[0]
        failure = end.failure
        replayed = _read_result(Path(folder), failure, request.keep)
    if replayed is None and recorded.is_complete:
        raise EngineDiedError(f"the engine failed before the first decision: {failure}")
    missing = replayed is not None and replayed.header["headless"] != recorded.header["headless"]
    return ReplayResult(
        recorded=recorded,
        replayed=replayed,
        divergence=_divergence(recorded, replayed, missing, failure),
        failure=failure,
        changes={} if replayed is None else header_changes(recorded, replayed),
        log=end.log,
        messages=end.messages,
    )


def describe(recording: Recording) -> str:
    """Return one line on what was recorded."""
    numbers = ", ".join(
        f"episode {agent.episode} (seed {agent.seed})" for agent in recording.agents
    )
    parts = [f"{numbers}: {len(recording.decisions)} decisions"]
    for who, end in zip(recording.names(), recording.ends, strict=False):
        if end.get("ended"):
            prefix = f"{who}: " if len(recording.agents) > 1 else ""
            parts.append(f"{prefix}return {end['return']:.3f}")
            parts.append("ended" if end["terminated"] else "time over")
            success = end.get("info", {}).get("is_success")
            if success is not None:
                parts.append("success" if success else "failure")
    if recording.parameters:
        parts.append(f"parameters {parameters_text(recording.parameters)}")
    if not recording.is_complete:
        parts.append("cut off")
    parts.append(f"{recording.header['scene']}, Godot {recording.header['engine']}")
    return ", ".join(parts)


def _settings(request: ReplayRequest, recorded: Recording) -> EnvSettings:
    header = recorded.header
    project = chosen_project(request.project_path, request.env_path)
    speedup = float(header.get("speedup", 0.0))
    return EnvSettings(
        env_path=request.env_path,
        project_path=project,
        scene_path=chosen_scene(request.scene_path, project, str(header["scene"])),
        arenas=1,
        isolation="worlds",
        action_repeat=recorded.action_repeat,
        seed=int(header["env_seed"]),
        show_window=request.viz,
        screen="auto" if request.video is None else "virtual",
        fixed_fps=None if request.video is None else request.video_fps,
        speedup=speedup if speedup > 0.0 else None,
        godot=request.godot,
        timeout_s=request.timeout_s,
        pin_cores=False,
        env_args=request.env_args,
    )


def _playing(
    plan: LaunchPlan, request: ReplayRequest, recorded: Recording, folder: Path
) -> EngineCommand:
    """Return what starts an engine that plays the recording."""
    header = recorded.header
    place = recorded.agents[0].episode // len(recorded.agents)
    options = {
        "arena_offset": str(place),
        "replay": str(request.recording.resolve()),
        "record": str(folder),
        "record_detail": str(header["detail"]),
        "isolation": recorded.isolation,
    }
    if recorded.isolation == "shared" and int(header["arenas"]) > 1:
        options["arena_cell"] = f"{header['arena']}/{header['arenas']}"
    film = () if request.video is None else (DRAW_WINDOW,)
    command = lone_command(plan, 0, options, without=("arena_total", *film))
    extra = command.extra_args
    if request.video is not None:
        # Its size is that of the project's viewport: --resolution has no effect on films.
        extra += ("--write-movie", str(request.video.resolve()))
    return dataclasses.replace(command, extra_args=extra)


def _limit_s(request: ReplayRequest, recorded: Recording, command: EngineCommand) -> float:
    decisions = len(recorded.decisions) + 1
    ticks = decisions * recorded.action_repeat
    seconds = ticks / float(recorded.header["physics_ticks_per_second"])
    if request.video is not None:
        return request.timeout_s + seconds * request.video_fps / _SLOWEST_FRAMES_PER_S
    if command.screen != "headless":
        return request.timeout_s + 4.0 * seconds
    return request.timeout_s + decisions / _SLOWEST_DECISIONS_PER_S


def _read_result(folder: Path, failure: str, keep: Path | None) -> Recording | None:
    found = sorted(folder.glob(f"*{SUFFIX}")) or sorted(folder.glob(f"*{PART_SUFFIX}"))
    if not found:
        if failure:
            return None
        raise EngineDiedError("the engine ended without recording its replay")
    replayed = read_recording(found[0])
    if keep is not None:
        keep.write_bytes(found[0].read_bytes())
    return replayed


def _divergence(
    recorded: Recording, replayed: Recording | None, missing: bool, failure: str
) -> Divergence | None:
    if replayed is None:
        return None
    if failure:
        # The engine did not come to the end: compare what is there.
        shared = recorded.decisions[: len(replayed.decisions)]
        recorded = dataclasses.replace(recorded, decisions=shared, final=None, ends=())
    return find_divergence(recorded, replayed, ignore_missing_nodes=missing)


def _divergence_lines(divergence: Divergence, recorded: Recording) -> list[str]:
    end = divergence.decision >= len(recorded.decisions)
    where = "at the end" if end else f"at decision {divergence.decision}"
    largest = divergence.largest
    size = f", the largest by {largest:.3g}" if math.isfinite(largest) else ""
    lines = [
        f"DIFFERS first {where} (tick {divergence.tick}, {divergence.time_s:.2f} s): "
        f"{len(divergence.differences)} values{size}"
    ]
    lines += [f"  {each.line()}" for each in divergence.differences[:_SHOWN]]
    if len(divergence.differences) > _SHOWN:
        lines.append(f"  and {len(divergence.differences) - _SHOWN} more")
    lines += _hints(divergence, recorded)
    return lines


def _hints(divergence: Divergence, recorded: Recording) -> list[str]:
    hints = []
    if not all(agent.begins_on_call for agent in recorded.agents):
        hints.append("the game resets itself (no begin_episode): its episodes follow from no seed")
    elif divergence.decision == 0:
        hints.append("the episode begins differently: the scene has changed, or its beginning does "
                     "not follow from the seed alone")  # fmt: skip
    if recorded.isolation == "shared":
        hints.append(
            "it was recorded with arenas side by side (isolation shared), where float rounding "
            "differs with the place and other arenas share the physics; only worlds is exact"
        )
    return [f"hint: {hint}" for hint in hints]


def _not_finite(replayed: Recording | None) -> str:
    if replayed is None or replayed.final is None:
        return ""
    bad = np.flatnonzero(~np.isfinite(replayed.final.observations)).tolist()
    if not bad:
        return ""
    name = replayed.elements()[bad[0]]
    return f"; after it the observation {name} is {replayed.final.observations[bad[0]]}"
