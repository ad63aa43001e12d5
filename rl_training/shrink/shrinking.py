"""Shrink a recorded episode to the shortest that still shows its bug, and pack it up.

The stages: play the recording and see the bug; shrink (`delta`), every candidate played in the real
engine; record what is left in full; play that again, which must be bit-identical; write.
"""

from __future__ import annotations

import contextlib
import json
import struct
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rl_training.data.recording import FORMAT, VERSION, Recording, read_recording
from rl_training.envs.settings import EnvSettings
from rl_training.errors import RecordingError, UsageError
from rl_training.project_files import chosen_project, our_project
from rl_training.replay.bundle import write_bundle
from rl_training.replay.replay import ReplayRequest, ReplayResult, replay
from rl_training.shrink.candidates import FINDING, CandidatePlayer
from rl_training.shrink.delta import Actions, Progress, Shrunk, shrink
from rl_training.shrink.page import steps_page
from rl_training.shrink.request import OF_PROCESS, ShrinkRequest
from rl_training.shrink.words import end_state, findings

EPISODE = "shrunk.replay"
PAGE = "steps.md"
RESULT = "shrink.json"
BUNDLE = "bundle.zip"
_HEAD = struct.Struct("<B3xI")
_DECISION = ord("D")


@dataclass(frozen=True)
class ShrinkResult:
    """What shrinking came to.

    Attributes:
        target: what the episode shows.
        original: decisions of the recording.
        shrunk: the actions that are left, and how they were found.
        recording: of the shrunk episode, in full.
        replay: the same played once more.
        decisions_played: of all candidates together, in all arenas.
        seconds: that the search took.
        folder: with `shrunk.replay`, `steps.md`, `shrink.json` and `bundle.zip`.
    """

    target: str
    original: int
    shrunk: Shrunk
    recording: Recording
    replay: ReplayResult
    decisions_played: int
    seconds: float
    folder: Path

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "target": self.target,
            "decisions": len(self.recording.decisions),
            "original_decisions": self.original,
            "is_minimal": self.shrunk.is_minimal,
            "tried": self.shrunk.tried,
            "rounds": self.shrunk.rounds,
            "lengths": list(self.shrunk.lengths),
            "decisions_played": self.decisions_played,
            "seconds": round(self.seconds, 3),
            "identical": self.replay.is_identical,
            "findings": list(findings(self.recording)),
            "state": end_state(self.recording),
            "actions": [list(row) for row in self.shrunk.actions],
        }

    def lines(self) -> list[str]:
        """Return it as lines of text."""
        whole = "minimal" if self.shrunk.is_minimal else "the budget was used up"
        same = "bit-identical when played again" if self.replay.is_identical else "NOT repeatable"
        return [
            f"{self.target}: {self.original} decisions shrunk to {len(self.recording.decisions)} "
            f"({whole}); {self.shrunk.tried} candidates in {self.seconds:.0f} s; {same}",
            f"steps: {self.folder / PAGE}",
            f"bundle: {self.folder / BUNDLE}",
        ]


def shrink_recording(
    request: ShrinkRequest, progress: Progress = lambda _line: None
) -> ShrinkResult | None:
    """Shrink a recording and write the result's files.

    Args:
        request: what, and where.
        progress: told a line when the episode became shorter or simpler.

    Returns:
        The result; None: the target does not appear when the recording is played.

    Raises:
        HarnessError: a file cannot be used, the game does not start, or the engine failed.
    """
    recording = read_recording(request.recording)
    if not recording.decisions:
        raise RecordingError(f"{request.recording} holds no decision: there is nothing to shrink")
    target = request.target or _target_of(recording)
    started = time.monotonic()
    actions: Actions = tuple(tuple(row.actions.tolist()) for row in recording.decisions)
    settings = _settings(request, recording, target)
    with CandidatePlayer(settings, recording, request.recording, target) as player:
        found = shrink(actions, player, request.budget, progress)
        played = player.decisions
    if found is None:
        return None
    seconds = time.monotonic() - started
    request.output.mkdir(parents=True, exist_ok=True)
    with _actions_file(recording, found.actions) as bare:
        _play(request, bare, target, request.output / EPISODE)
    left = read_recording(request.output / EPISODE)
    if not any(each["kind"] == FINDING and each["message"] == target for each in findings(left)):
        raise RecordingError(
            f"the shrunk episode of {len(found.actions)} decisions shows {target} only after other "
            "episodes in the same arena, not in a fresh engine: something of the game outlives "
            "begin_episode(); put it at its start there (spacetime-rl doctor looks for it)"
        )
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        again = Path(folder, "replayed.replay")
        second = _play(request, request.output / EPISODE, target, again)
        result = ShrinkResult(
            target, len(actions), found, left, second, played, seconds, request.output
        )
        page = steps_page(left, target, found, len(actions))
        data = json.dumps(result.to_dict(), indent=1)
        (request.output / PAGE).write_text(page, encoding="utf-8")
        (request.output / RESULT).write_text(data, encoding="utf-8")
        project = None if request.env_path else Path(request.project_path or our_project())
        more = {PAGE: page, RESULT: data}
        write_bundle(request.output / BUNDLE, second, again, project, more)
    return result


def _target_of(recording: Recording) -> str:
    """Return what a recording that names no target shows."""
    made_for = str(recording.header.get("target_bug", ""))
    if made_for:
        return made_for
    found = [each for each in findings(recording) if each["kind"] != "target_bug"]
    if found:
        return f"finding:{found[-1]['kind']}"
    raise UsageError(
        f"{recording.path} holds no finding: say with --target what it shows, log:REGEX, "
        "warning:KIND, finding:KIND or state:EXPRESSION"
    )


def _settings(request: ShrinkRequest, recording: Recording, target: str) -> EnvSettings:
    one = target.partition(":")[0] in OF_PROCESS
    scene = request.scene_path or str(recording.header["scene"])
    return EnvSettings(
        project_path=chosen_project(request.project_path, request.env_path),
        env_path=request.env_path,
        scene_path=None if request.env_path else scene,
        num_envs=request.num_envs,
        arenas=1 if one else request.arenas,
        port=request.port,
        godot=request.godot,
        timeout_s=request.timeout_s,
    )


def _play(request: ShrinkRequest, file: Path, target: str, keep: Path) -> ReplayResult:
    return replay(
        ReplayRequest(
            recording=file,
            godot=request.godot,
            env_path=request.env_path,
            project_path=request.project_path,
            scene_path=request.scene_path,
            env_args=(f"--rl.target_bug={target}",),
            keep=keep,
            timeout_s=request.timeout_s,
        )
    )


@contextlib.contextmanager
def _actions_file(recording: Recording, actions: Actions) -> Iterator[Path]:
    """Write a recording that holds a start and actions, and nothing else that could be compared."""
    header: Mapping[str, Any] = {
        **recording.header,
        "format": FORMAT,
        "version": VERSION,
        "detail": "full",
        "isolation": "worlds",
        "arena": 0,
        "arenas": 1,
    }
    agents = len(recording.agents)
    elements = len(recording.decisions[0].observations)
    unknown = np.zeros(elements, "<f4").tobytes()
    parts = [json.dumps(header).encode() + b"\n"]
    for row in actions:
        payload = struct.pack("<II", 0, 0) + np.zeros(agents, "<f8").tobytes()
        payload += np.asarray(row, "<f8").tobytes() + unknown
        parts.append(_HEAD.pack(_DECISION, len(payload)) + payload)
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as folder:
        path = Path(folder, "actions.part")
        path.write_bytes(b"".join(parts))
        yield path
