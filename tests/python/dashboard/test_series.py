"""A run's scalars by byte offset: nothing twice, extremes kept, whatever the file does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("orjson", reason="the dashboard's packages are not installed")

from rl_training.dashboard.columns import parse
from rl_training.dashboard.decimation import decimate, without_superseded
from rl_training.dashboard.row_cache import RowCache
from rl_training.dashboard.series import CHUNK_ROWS, RunSeries
from rl_training.runs.metrics import MetricsWriter


def _series(path: Path, most: int = 1 << 30) -> RunSeries:
    return RunSeries(path, RowCache(most))


def _write(path: Path, values: list[float], first: int = 1, tag: str = "a") -> None:
    writer = MetricsWriter(path)
    for i, value in enumerate(values):
        writer.write(first + i, {tag: value})
    writer.close()


def _all(series: RunSeries) -> None:
    while not series.advance().is_whole:
        pass


def test_each_row_is_sent_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    series = _series(path)
    offset, seen = -1, []
    for part in range(7):
        _write(path, [float(part * 10 + i) for i in range(10)], first=1 + part * 10)
        reading = series.advance()
        x, y = series.since(offset, ("a",), 1000)["a"]
        assert list(x) == list(range(1 + part * 10, 11 + part * 10))
        seen += list(y)
        offset = reading.offset
    assert seen == [float(i) for i in range(70)]
    assert series.since(offset, ("a",), 1000)["a"][0].size == 0


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"timesteps": 1, "a": 1}\n{"timesteps": 2, "a"')
    series = _series(path)
    reading = series.advance()
    assert (reading.rows, reading.is_whole, reading.damaged) == (1, True, 0)
    path.write_text('{"timesteps": 1, "a": 1}\n{"timesteps": 2, "a": 5}\n')
    series.advance()
    assert list(series.since(reading.offset, ("a",), 9)["a"][1]) == [5.0]


def test_damaged_lines_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    text = '{"timesteps": 1, "a": 1}\ngarbage\n[1, 2]\n{"a": 3}\n{"timesteps": 2, "a": 2}\n'
    path.write_text(text)
    series = _series(path)
    assert (series.advance().damaged, series.rows) == (3, 2)
    assert list(series.since(-1, ("a",), 9)["a"][1]) == [1.0, 2.0]


def test_values_that_are_no_numbers_are_gaps() -> None:
    block = b'{"timesteps": 1, "a": null, "b": "text", "c": 1e300}\n{"timesteps": 2, "a": 4}\n'
    columns = parse(block, 0)
    assert np.isnan(columns.y["a"][0])
    assert columns.y["a"][1] == 4.0
    assert np.isnan(columns.y["b"]).all()
    assert np.isfinite(columns.y["c"][0])


def test_a_run_that_begins_anew_is_another_generation(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    _write(path, [1.0] * 50)
    series = _series(path)
    first = series.advance()
    path.rename(tmp_path / "archived.jsonl")
    _write(path, [2.0] * 80)
    second = series.advance()
    assert second.generation != first.generation
    assert list(series.since(-1, ("a",), 999)["a"][1]) == [2.0] * 80


def test_what_a_resumed_part_went_over_again_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    _write(path, [1.0] * 10)
    _write(path, [2.0] * 10, first=6)
    series = _series(path)
    series.advance()
    x, y = series.since(-1, ("a",), 999)["a"]
    assert list(x) == list(range(1, 16))
    assert list(y) == [1.0] * 5 + [2.0] * 10


def test_superseded_keeps_a_rising_curve_as_it_is() -> None:
    x = np.arange(5.0)
    assert without_superseded(x, x)[0] is x


@pytest.mark.parametrize("n", [5, 99, 1000, 100_003])
def test_decimation_keeps_extremes_and_order(n: int) -> None:
    y = np.random.default_rng(n).normal(size=n)
    y[n // 3], y[n // 2] = 50.0, -50.0
    x, kept = decimate(np.arange(float(n)), y, 64)
    assert len(x) <= max(64, 4) or n <= 64
    assert {50.0, -50.0} <= set(kept)
    assert (np.diff(x) > 0).all()
    assert all(y[int(at)] == value for at, value in zip(x, kept, strict=True))


@pytest.mark.parametrize("most", [1 << 30, 1])
def test_windows_are_the_same_whether_rows_are_kept_or_read_again(
    tmp_path: Path, most: int
) -> None:
    path = tmp_path / "metrics.jsonl"
    rows = 5 * CHUNK_ROWS + 77
    values = np.random.default_rng(1).normal(size=rows).astype(np.float32)
    path.write_text(
        "".join(json.dumps({"timesteps": i, "a": float(v)}) + "\n" for i, v in enumerate(values))
    )
    series = _series(path, most)
    _all(series)
    low, high = 2 * CHUNK_ROWS - 100, 2 * CHUNK_ROWS + 100
    x, y = series.window(low, high, ("a",), 1000)["a"]
    assert list(x) == list(range(low - 1, high + 2))
    np.testing.assert_array_equal(y, values[low - 1 : high + 2])


def test_from_afar_the_extremes_of_a_long_run_show(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    rows = 8 * CHUNK_ROWS
    values = [0.0] * rows
    values[12345], values[23456] = 9.0, -9.0
    path.write_text("".join(f'{{"timesteps": {i}, "a": {v}}}\n' for i, v in enumerate(values)))
    series = _series(path, most=1)
    _all(series)
    x, y = series.since(-1, ("a",), 200)["a"]
    assert len(x) <= 200
    assert {9.0, -9.0} <= set(y.tolist())
    assert abs(float(x[list(y).index(9.0)]) - 12345) <= 1


def test_summaries_of_a_very_long_run_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rl_training.dashboard.series.MOST_CHUNKS", 4)
    path = tmp_path / "metrics.jsonl"
    rows = 21 * CHUNK_ROWS
    values = [0.0] * rows
    for at, value in ((12345, 9.0), (40000, -9.0), (86000, 7.0)):
        values[at] = value
    lines = [f'{{"timesteps": {i}, "a": {v}}}\n' for i, v in enumerate(values)]
    path.write_text("".join(lines))
    series = _series(path, most=1)
    _all(series)
    held = series.bytes
    x, y = series.since(-1, ("a",), 400)["a"]
    assert {9.0, -9.0, 7.0} <= set(y.tolist())
    assert (np.diff(x) > 0).all()
    for at, value in ((12345, 9.0), (40000, -9.0), (86000, 7.0)):
        assert abs(float(x[list(y).index(value)]) - at) <= 256
    near = series.window(40000 - 5, 40000 + 5, ("a",), 1000)["a"]
    assert list(near[0]) == list(range(39994, 40007))
    with open(path, "a") as file:
        file.writelines(f'{{"timesteps": {rows + i}, "a": 1}}\n' for i in range(8 * CHUNK_ROWS))
    _all(series)
    assert series.bytes <= 2 * held


def test_patterns_choose_tags(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"timesteps": 1, "reward/a": 1, "reward/b": 2, "train/loss": 3}\n')
    series = _series(path)
    series.advance()
    assert series.chosen(["reward/*"]) == ("reward/a", "reward/b")
    assert series.chosen(None) == ("reward/a", "reward/b", "train/loss")


def test_memory_of_rows_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"timesteps": {i}, "a": 1}}\n' for i in range(6 * CHUNK_ROWS)))
    cache = RowCache(3 * CHUNK_ROWS * 20)
    series = RunSeries(path, cache)
    _all(series)
    assert cache.bytes == 0  # what nobody asked for is not kept
    series.since(-1, ("a",), 1 << 20)
    assert 0 < cache.bytes <= 3 * CHUNK_ROWS * 20
    series.close()
    assert cache.bytes == 0


def test_rows_that_nobody_asks_for_again_are_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"timesteps": {i}, "a": 1}}\n' for i in range(3 * CHUNK_ROWS)))
    cache = RowCache(1 << 30, unused_s=0.0)
    series = RunSeries(path, cache)
    _all(series)
    series.since(-1, ("a",), 1 << 20)
    assert 0 < cache.bytes < 2 * CHUNK_ROWS * 20  # the last chunk's alone
