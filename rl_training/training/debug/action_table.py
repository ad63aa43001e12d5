"""The rows of a scene's table of actions, asked of the scene itself.

Called when `debug.debug_actions` is on, for a scenario whose only action is a choice of a row
(`Scenario.action_table`). The engine runs the scene's script once, before the training.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rl_training.envs.launch_plan import make_plan
from rl_training.envs.settings import EnvSettings
from rl_training.errors import EngineDiedError

_MARK = "ACTION_TABLE "
_PATIENCE_S = 120.0


@dataclass(frozen=True)
class ActionTable:
    """A table of choices.

    Attributes:
        columns: their names.
        rows: of each choice the value of each column.
        turning: rows that steer or turn.
        parts: which columns turn: those whose values are told.
        fallback_error: what is wrong with the fallback of impossible rows; empty: nothing.
        lines: what the scene says of it.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]
    turning: frozenset[int]
    parts: tuple[str, ...] = ()
    fallback_error: str = ""
    lines: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def from_dict(cls, data: Mapping[str, object], lines: Sequence[str] = ()) -> ActionTable:
        """Return the table that a scene's script printed."""
        rows = data["rows"]
        columns, turning, parts = data["columns"], data["turning"], data.get("parts", [])
        assert isinstance(rows, list)
        assert isinstance(columns, list)
        assert isinstance(turning, list)
        assert isinstance(parts, list)
        return cls(
            columns=tuple(str(name) for name in columns),
            rows=tuple(tuple(float(value) for value in row) for row in rows),
            turning=frozenset(int(row) for row in turning),
            parts=tuple(str(name) for name in parts),
            fallback_error=str(data.get("fallback_error", "")),
            lines=tuple(lines),
        )


def read_action_table(settings: EnvSettings, script: str) -> ActionTable | None:
    """Ask the scene for its table.

    Args:
        settings: of the training's engines.
        script: res:// path of a SceneTree script that prints it as JSON when it is given `--json`.

    Returns:
        None for an exported game, which runs no script.

    Raises:
        EngineDiedError: the script failed.
    """
    plan = make_plan(settings, told=False)
    if plan.binary is None or plan.game is None or plan.game.project_path is None:
        return None
    words = [str(plan.binary), "--headless", "--path", str(plan.game.project_path)]
    words += ["--script", script, "--", "--json"]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise EngineDiedError(f"{script} did not end within {_PATIENCE_S:g} s") from error
    lines = done.stdout.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(_MARK):
            told = [one for one in lines[:number] if one and not one.startswith("Godot Engine")]
            return ActionTable.from_dict(json.loads(line.removeprefix(_MARK)), told)
    raise EngineDiedError(f"{script} printed no table; its last words: {lines[-1:]}")
