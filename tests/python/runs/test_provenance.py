from __future__ import annotations

import re
import sys

import pytest

from rl_training.runs.provenance import commit, versions


def test_versions_name_what_a_result_depends_on() -> None:
    found = versions()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"torch", "stable-baselines3", "numpy", "spacetime-rl"} <= found.keys()


def test_commit_is_a_hash_or_unknown() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", commit())


def test_the_commit_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout in the middle of a run does not change the code that runs."""
    before = commit()
    monkeypatch.setattr("rl_training.runs.provenance._git", lambda *_: "0" * 40)
    assert commit() == before
