from __future__ import annotations

import re
import sys

from rl_training.runs.provenance import commit, versions


def test_versions_name_what_a_result_depends_on() -> None:
    found = versions()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"torch", "stable-baselines3", "numpy", "spacetime-rl"} <= found.keys()


def test_commit_is_a_hash_or_unknown() -> None:
    assert re.fullmatch(r"[0-9a-f]{40}(-dirty)?|unknown", commit())
