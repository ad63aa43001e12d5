"""What a run tells of its bodies: to who wishes it, for as long, in a file that stays small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.runs import live_view
from rl_training.runs.live_view import LiveReader, LiveWriter, arena_file, engine_arguments, wish
from rl_training.runs.paths import RunPaths

NODES = [["Rover", "agent", "box", 0.5, 0.8]]


def _writer(paths: RunPaths, monkeypatch: pytest.MonkeyPatch) -> LiveWriter:
    monkeypatch.setattr(live_view, "PICTURE_S", 0.0)
    monkeypatch.setattr(live_view, "WISH_S", 0.0)

    def places(world: int) -> dict[str, Any]:
        return {"episode": world, "decisions": 3, "at": [1.0, 2.0, 0.5, 0.0]}

    return LiveWriter(paths, 4, lambda _: NODES, places)


def test_nobody_watches_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = RunPaths("walk", tmp_path)
    writer = _writer(paths, monkeypatch)
    writer.look()
    assert not paths.live.exists()
    wish(paths, [0], lease_s=-1.0)
    writer.look()
    assert not arena_file(paths, 0).exists()


def test_who_wishes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = RunPaths("walk", tmp_path)
    writer, reader = _writer(paths, monkeypatch), LiveReader(arena_file(paths, 2))
    assert reader.take() == (None, [])
    wish(paths, [2])
    writer.look()
    nodes, places = reader.take()
    assert nodes == NODES
    assert [(each["arena"], each["episode"], each["at"][1]) for each in places] == [(2, 2, 2.0)]
    writer.look()
    nodes, places = reader.take()
    assert nodes is None  # they are the same
    assert len(places) == 1
    wish(paths, [])
    size = arena_file(paths, 2).stat().st_size
    writer.look()
    assert arena_file(paths, 2).stat().st_size == size


def test_a_file_that_is_long_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = RunPaths("walk", tmp_path)
    writer, reader = _writer(paths, monkeypatch), LiveReader(arena_file(paths, 0))
    monkeypatch.setattr(live_view, "FILE_BYTES", 2000)
    wish(paths, [0], 60.0)
    for _ in range(100):
        writer.look()
        assert arena_file(paths, 0).stat().st_size < 3000
        _, places = reader.take()
        assert places


def test_the_addon_is_told_where(tmp_path: Path) -> None:
    (word,) = engine_arguments(RunPaths("walk", tmp_path))
    assert word == f"--rl.live_view={tmp_path / 'logs' / 'walk' / 'live'}"


def test_a_damaged_wish_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = RunPaths("walk", tmp_path)
    paths.live.mkdir(parents=True)
    for text in ("", "[]", json.dumps({"until": 9e99, "arenas": "x"}), '{"until": null}'):
        (paths.live / "wanted.json").write_text(text)
        _writer(paths, monkeypatch).look()
    assert [path.name for path in paths.live.iterdir()] == ["wanted.json"]
