"""`study http` on the real engine, in short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rl_training.commands.study_http import main


@pytest.mark.engine
@pytest.mark.nightly
@pytest.mark.timeout(300)
def test_all_four_ways_are_timed(tmp_path: Path, free_port: int) -> None:
    file = tmp_path / "http.json"
    words = ["--rounds", "1", "--decisions", "5", "--requests", "5", "--arenas", "2"]
    words += ["--port", str(free_port), "--http_port", str(free_port + 1)]
    assert main([*words, "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert set(found["steps_per_s"]) == {"tcp", "served", "polled", "http"}
    assert all(rate > 0 for rate in found["steps_per_s"].values())
    assert found["ratio_to_tcp"]["tcp"] == 1.0
    assert found["held_ms"]["p50"] <= found["held_ms"]["p100"]
