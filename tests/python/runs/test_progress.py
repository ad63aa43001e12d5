from __future__ import annotations

import io

from rl_training.runs.progress import Progress


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    progress = Progress(2000, 500, stream=stream, every_s=0.0)
    progress.update(1000, lambda: "reward 1.00")
    progress.update(2000, lambda: "reward 2.00")
    progress.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(" 50 %  1,000 of 2,000 steps")
    assert lines[0].endswith("reward 1.00")


def test_lines_are_rare_and_the_last_one_always_comes() -> None:
    stream = io.StringIO()
    progress = Progress(10, unit="episode", stream=stream, every_s=60.0)
    for _ in range(10):
        progress.advance()
    assert stream.getvalue() == ""
    progress.close("done")
    assert "100 %  10 of 10 episodes" in stream.getvalue()


def test_a_bar_on_a_terminal() -> None:
    stream = _Terminal()
    progress = Progress(10, stream=stream)
    progress.update(10, lambda: "")
    progress.close("reward 3.00")
    assert "100%" in stream.getvalue()
    assert "reward 3.00" in stream.getvalue()
