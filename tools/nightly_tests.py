"""Choose the tests that wait for the night, from what each of them took.

    make test ARGS="--durations=0 --durations-min=0.3" | tee LOG     # on an idle machine
    python tools/nightly_tests.py LOG [--longest 4]

Writes tests/python/nightly.txt, one test a line; `tests/python/conftest.py` marks those `nightly`,
and `make test` leaves them out. What tells most of the whole stays in, however long it takes
(`_KEPT`). Tests of an earlier list that the log does not time stay on it.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from pathlib import Path

LIST = Path(__file__).resolve().parent.parent / "tests" / "python" / "nightly.txt"
# Train, resume, play; learn; the tutorial's gate.
_KEPT = (
    "tests/python/test_scripts.py::test_train_resume_and_play",
    "tests/python/training/test_pipeline.py::test_it_learns",
    "tests/python/test_tutorial.py::test_the_gate_fails_with_a_faster_enemy",
)
_TIMED = re.compile(r"^([\d.]+)s (?:setup|call|teardown) +(tests/\S.*?)\s*$")


def main() -> None:
    """Read the log and write the list."""
    parser = argparse.ArgumentParser(description="Choose the tests that wait for the night.")
    parser.add_argument("log", type=Path, help="output of a whole run with --durations=0")
    parser.add_argument("--longest", type=float, default=4.0, help="seconds that make test allows")
    options = parser.parse_args()
    took: dict[str, float] = defaultdict(float)
    for line in options.log.read_text("utf-8", "replace").splitlines():
        if match := _TIMED.match(line):
            took[match[2]] += float(match[1])
    before = LIST.read_text("utf-8").splitlines() if LIST.is_file() else []
    chosen = {test for test in before if test not in took}
    chosen |= {test for test, seconds in took.items() if seconds > options.longest}
    chosen -= set(_KEPT)
    LIST.write_text("".join(f"{test}\n" for test in sorted(chosen)), "utf-8")
    print(f"{len(chosen)} tests wait for the night, {sum(took[each] for each in chosen):.0f} s")


if __name__ == "__main__":
    main()
