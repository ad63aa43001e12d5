from __future__ import annotations

import io

from rl_training.runs.progress import Progress
from rl_training.runs.rate import Rate


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_plain_lines_where_there_is_no_terminal() -> None:
    stream, log = io.StringIO(), list[str]()
    progress = Progress(2000, 500, stream=stream, every_s=0.0, log=log.append)
    progress.update(1000, lambda: "reward 1.00")
    progress.update(2000, lambda: "reward 2.00")
    progress.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(" 50 %  1,000 of 2,000 steps")
    assert " s left  reward 1.00" in lines[0]
    assert "left" not in lines[1]
    assert log == [line.lstrip() for line in lines]


def test_lines_are_rare_and_the_last_one_always_comes() -> None:
    stream = io.StringIO()
    progress = Progress(10, unit="episode", stream=stream, every_s=60.0)
    for _ in range(10):
        progress.advance()
    assert stream.getvalue() == ""
    progress.close("done")
    progress.close("done")
    assert stream.getvalue().count("100 %  10 of 10 episodes") == 1


def test_a_bar_on_a_terminal_and_lines_in_the_log() -> None:
    stream, log = _Terminal(), list[str]()
    progress = Progress(10, stream=stream, log=log.append)
    progress.update(10, lambda: "")
    progress.close("reward 3.00")
    assert "100%" in stream.getvalue()
    assert "reward 3.00" in stream.getvalue()
    assert "10 of 10 steps" not in stream.getvalue()
    assert len(log) == 1
    assert log[0].startswith("100 %  10 of 10 steps")


def test_the_rate_is_that_of_the_last_minute() -> None:
    clock = _Clock()
    rate = Rate(1000, clock)
    assert (rate.per_s, rate.left_s(2000)) == (None, None)
    for _ in range(120):  # fast
        clock.now += 1.0
        rate.update(int(1000 + clock.now * 100))
    assert rate.per_s == 100.0
    done = int(1000 + clock.now * 100)
    for second in range(1, 121):  # slow
        clock.now += 1.0
        rate.update(done + second * 10)
    assert rate.per_s == 10.0
    assert rate.left_s(done + 1200 + 500) == 50.0
