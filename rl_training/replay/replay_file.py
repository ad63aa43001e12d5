"""Play one file again, recording or bundle, and pack the result if asked: `replay_episode.py`."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from rl_training.errors import UsageError
from rl_training.project_files import our_project
from rl_training.replay.bundle import is_bundle, open_bundle, write_bundle
from rl_training.replay.replay import ReplayRequest, ReplayResult, replay

_SHOWN = 10


def play_file(
    file: Path,
    *,
    bundle: Path | None = None,
    from_bundle: bool = False,
    project_path: str | None = None,
    env_path: str | None = None,
    keep: Path | None = None,
    **request: Any,
) -> tuple[ReplayResult, list[str]]:
    """Play a recording again, or the one in a bundle.

    Args:
        file: a .replay, a .part or a bundle.
        bundle: file to pack the result into; None: none.
        from_bundle: run the project's files in the bundle and not those of this machine.
        project_path: folder with project.godot; None: this repository.
        env_path: an exported game; None: none.
        keep: file to keep the replay's own recording in.
        request: the other attributes of `ReplayRequest`.

    Returns:
        The result, and lines about the bundle.

    Raises:
        HarnessError: see `replay`, `open_bundle` and `write_bundle`.
    """
    notes: list[str] = []
    with contextlib.ExitStack() as stack:
        recording = file
        if is_bundle(file):
            opened = stack.enter_context(open_bundle(file))
            recording = opened.recording
            if from_bundle:
                if opened.project is None:
                    raise UsageError(f"{file} holds no project: leave out --from_bundle")
                project_path = str(opened.project)
                notes += [f"not in the bundle, too large: {name}" for name in opened.left_out]
            elif env_path is None:
                changed = opened.changed_files(Path(project_path or our_project()))
                notes += [f"not as in the bundle: {name}" for name in changed[:_SHOWN]]
                if len(changed) > _SHOWN:
                    notes.append(f"and {len(changed) - _SHOWN} files more")
        elif from_bundle:
            raise UsageError(f"{file} is no bundle: leave out --from_bundle")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spacetime_rl_")))
        replayed = keep or (None if bundle is None else folder / "replayed.replay")
        result = replay(
            ReplayRequest(
                recording=recording,
                project_path=project_path,
                env_path=env_path,
                keep=replayed,
                **request,
            )
        )
        if bundle is not None:
            project = None if env_path is not None else Path(project_path or our_project())
            write_bundle(bundle, result, replayed, project)
            notes.append(f"packed into {bundle}")
    return result, notes
