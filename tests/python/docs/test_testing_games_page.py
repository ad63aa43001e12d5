"""The page's small game, made from the text of the page, is explored as the page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.python.exploration.room_game import write_room_game

pytestmark = [pytest.mark.engine, pytest.mark.nightly, pytest.mark.timeout(900)]


def scripts(page: str) -> dict[str, str]:
    """Return the page's scripts that name their file in the first line."""
    blocks = re.findall(r"```gdscript\n# res://(\S+)\n(.*?)```", page, re.DOTALL)
    return dict(blocks)


def test_the_page_s_game_shows_its_bug(
    run: Callable[..., tuple[int, str, str]], repository: Path, tmp_path: Path
) -> None:
    found = scripts((repository / "docs/testing_games.md").read_text())
    assert set(found) == {"walker.gd", "walker_agent.gd"}
    game = write_room_game(repository, tmp_path / "game")
    for name, text in found.items():
        (game / name).write_text(text)
    out = tmp_path / "out"
    where = ("--project_path", str(game))
    flags = ("--decisions", "500", "--arenas", "2", "--budget_ms", "0", "--output", str(out))
    code, told, _ = run("commands.explore", *where, *flags)
    assert code == 1, told
    assert "found: 1 new, 0 known, 0 not confirmed" in told
    assert "script_error" in told
    (replay,) = (out / "replays").iterdir()
    code, told, _ = run("commands.replay", str(replay), *where)
    assert code == 0
    assert "finding script_error: shown again at decision" in told
    (game / "walker.gd").write_text(found["walker.gd"].replace('_door.call("open")', "pass"))
    _, told, _ = run("commands.replay", str(replay), *where)
    assert "finding script_error: NOT shown again" in told
    assert run("commands.explore", *where, *flags)[0] == 0
