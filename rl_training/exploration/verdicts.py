"""Which findings come again when their trail is played anew, alone; and a recording of each.

Called after `explore`. It starts engines of one arena each; what it finds out it writes into the
findings.
"""

from __future__ import annotations

import gzip
import json
import logging
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rl_training.data.recording import FINDING, PART_SUFFIX, SUFFIX
from rl_training.errors import HarnessError
from rl_training.exploration.confirm import Stage, TrailRun, gets_away
from rl_training.exploration.explorer import Exploration
from rl_training.exploration.findings import CLOCKED, SLOW_TICKS, Finding
from rl_training.exploration.limits import BUDGET_MS, Limits
from rl_training.exploration.trail import Trail
from rl_training.replay.replay import ReplayRequest, replay

_log = logging.getLogger(__name__)

_MOST_TRAILS = 12
_REPEATS = 5  # of a slow tick

OnConfirmed = Callable[[Finding], None]


def confirm_findings(
    exploration: Exploration, folder: Path, on_confirmed: OnConfirmed | None = None
) -> None:
    """Play the trails of findings again and record those that show it.

    Args:
        exploration: whose findings are looked at, `request.confirm` of them at most.
        folder: of the recordings; it is made when there is one.
        on_confirmed: told of each finding.
    """
    request = exploration.request
    limits = exploration.calibration.limits if request.calibrated else request.limits
    if exploration.calibration.repeats is None:
        for finding in exploration.book.in_order():
            finding.note = "this game cannot be ordered to play the same again"
        return
    with Stage(request.game, request.parameters, limits) as stage:
        for finding in exploration.book.in_order()[: request.confirm]:
            try:
                _confirm(finding, stage, exploration)
            except HarnessError as error:
                finding.confirmed = False
                finding.note = f"it could not be played again: {_line(error)}"
            if on_confirmed is not None:
                on_confirmed(finding)
    for finding in exploration.book.in_order():
        if finding.confirmed:
            try:
                _record(finding, exploration, folder, limits)
            except (HarnessError, OSError) as error:
                finding.note = f"it could not be recorded: {_line(error)}"


def _confirm(finding: Finding, stage: Stage, exploration: Exploration) -> None:
    if finding.kind in SLOW_TICKS:
        _confirm_slow(finding, stage)
        return
    if finding.kind in CLOCKED:
        _confirm_each_time(finding, stage)
        return
    for trail in _trails(finding):
        run = stage.play(trail)
        if finding.first.key not in run.keys:
            continue
        if finding.kind == "stuck":
            agent = int(finding.first.where.partition(":")[0] or 0)
            if gets_away(stage, trail, agent, exploration.request.seed):
                finding.note = "the agent stays there, but can get away"
                continue
        finding.confirmed, finding.trail, finding.note = True, trail, ""
        return
    finding.confirmed = False
    finding.note = finding.note or _why_not(finding)


def _trails(finding: Finding) -> list[Trail]:
    """Return the trails that may show it: the best first, each once."""
    ordered = [finding.trail] + [
        trail for _, trail in sorted(finding.candidates, key=lambda each: -each[0])
    ]
    seen: list[Trail] = []
    for trail in ordered:
        if not any(trail is each for each in seen):
            seen.append(trail)
    return seen[:_MOST_TRAILS]


def _confirm_slow(finding: Finding, stage: Stage) -> None:
    """A slow tick counts when it is slow each time that it is played."""
    # The monitor looks at ticks where the explorer does not.
    budget = stage.limits.budget_ms or BUDGET_MS
    best: tuple[float, ...] = ()
    for trail in _trails(finding)[: _MOST_TRAILS // 2]:
        times: list[float] = []
        for _ in range(_REPEATS):
            run = stage.play(trail)
            times.append(run.times[-1] if len(run.times) == len(trail) else 0.0)
            if times[-1] <= budget:
                break
        if not best or min(times) > min(best):
            best = tuple(round(each, 3) for each in times)
        if len(times) == _REPEATS and min(times) > budget:
            finding.confirmed, finding.trail, finding.times = True, trail, best
            return
    finding.confirmed, finding.times = False, best
    finding.note = f"played again, a tick took {min(best, default=0.0):g} ms: it was noise"


def _confirm_each_time(finding: Finding, stage: Stage) -> None:
    """What else is slow counts when it comes at the same decision each time."""
    key = finding.first.key
    for trail in _trails(finding)[: _MOST_TRAILS // 2]:
        same: set[int] | None = None
        for _ in range(_REPEATS):
            told = {seen.decision for seen in stage.play(trail).sightings if seen.key == key}
            same = told if same is None else same & told
            if not same:
                break
        if same:
            finding.confirmed, finding.trail = True, trail
            return
    finding.confirmed = False
    finding.note = f"played again, it did not come at the same decision {_REPEATS} times: noise"


def _why_not(finding: Finding) -> str:
    if not finding.first.certain:
        return "played again alone it was not seen: it was the matter of another arena, or of time"
    return "played again it was not seen: the game does not repeat here"


def _record(finding: Finding, exploration: Exploration, folder: Path, limits: Limits) -> None:
    """Record the trail in the engine, play the recording, and keep it with what it shows."""
    request = exploration.request
    with tempfile.TemporaryDirectory(prefix="spacetime_rl_") as name:
        made = Path(name)
        with Stage(request.game, request.parameters, limits, record=made) as stage:
            run = stage.play(finding.trail)
            stage.kill()
        source = _newest(made, finding.trail.level)
        if source is None:
            finding.note = "its recording was not written"
            return
        folder.mkdir(parents=True, exist_ok=True)
        if finding.kind == "hang":
            # Playing it again would hang too: the trail was seen to.
            target = folder / f"{finding.id}{PART_SUFFIX}"
            shutil.copyfile(source, target)
            write_header(target, told(finding, limits, run))
            finding.replay = str(target)
            return
        kept = made / f"kept{SUFFIX}"
        game = request.game
        played = replay(
            ReplayRequest(
                recording=source,
                godot=game.godot,
                env_path=game.env_path,
                project_path=game.project_path,
                scene_path=game.scene_path,
                env_args=game.env_args,
                keep=kept,
                timeout_s=game.timeout_s,
            )
        )
        finding.identical = played.divergence is None
        complete = kept.is_file() and not played.failure
        target = folder / f"{finding.id}{SUFFIX if complete else PART_SUFFIX}"
        shutil.copyfile(kept if complete else source, target)
        write_header(target, told(finding, limits, run))
        finding.replay = str(target)


def told(finding: Finding, limits: Limits, run: TrailRun | None = None) -> dict[str, Any]:
    """Return what a recording's header says of the finding that it shows."""
    seen = None if run is None else run.first(finding.first.key)
    sighting = seen or finding.first
    return {
        "id": finding.id,
        "kind": sighting.kind,
        "message": sighting.message,
        "where": sighting.where,
        "decision": len(finding.trail) - 1 if seen is None else sighting.decision,
        "limits": limits.to_dict(),
        "trail": finding.trail.to_dict(),
    }


def write_header(path: Path, about: dict[str, Any]) -> None:
    """Write what a recording shows into its header."""
    content = path.read_bytes()
    zipped = content[:2] == b"\x1f\x8b"
    line, _, records = (gzip.decompress(content) if zipped else content).partition(b"\n")
    header = {**json.loads(line), FINDING: about}
    whole = json.dumps(header, separators=(",", ":")).encode() + b"\n" + records
    path.write_bytes(gzip.compress(whole, mtime=0) if zipped else whole)


def _newest(folder: Path, level: int) -> Path | None:
    found = [
        path
        for path in folder.iterdir()
        if path.suffix in (SUFFIX, PART_SUFFIX) and path.stem.endswith(f"_{level}")
    ]
    return max(found, key=lambda path: path.stat().st_mtime_ns, default=None)


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())
