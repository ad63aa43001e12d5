"""Threads of which one runs at a time, in an order that never changes."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from rl_training.training.party.baton import Abandoned, Baton


def _writers(
    rounds: list[int], written: list[str], ends: Callable[[int], None] = lambda _: None
) -> Baton:
    """Return a baton of tasks that write their names, each so many times."""

    def task(number: int) -> Callable[[], None]:
        def run() -> None:
            for _ in range(rounds[number]):
                written.append("abc"[number])
                baton.pass_on()
            ends(number)

        return run

    baton = Baton([task(number) for number in range(len(rounds))])
    return baton


def test_turns_go_round_and_who_is_done_is_left_out() -> None:
    written: list[str] = []
    _writers([2, 4, 3], written).run()
    assert "".join(written) == "abcabcbcb"


def test_one_alone_goes_on() -> None:
    written: list[str] = []
    _writers([3], written).run()
    assert written == ["a"] * 3


@pytest.mark.parametrize("who", [0, 1, 2])
def test_the_first_error_is_raised_and_the_others_are_abandoned(who: int) -> None:
    ended: list[int] = []
    written: list[str] = []
    before = threading.active_count()

    def task(number: int) -> Callable[[], None]:
        def run() -> None:
            try:
                while True:
                    written.append("abc"[number])
                    if len(written) > 6 and number == who:
                        raise ValueError(f"of {number}")
                    baton.pass_on()
            except Abandoned:
                ended.append(number)
                raise

        return run

    baton = Baton([task(number) for number in range(3)])
    with pytest.raises(ValueError, match=f"of {who}"):
        baton.run()
    # One after the other, from the one that follows.
    assert ended == [(who + 1) % 3, (who + 2) % 3]
    assert threading.active_count() == before


def test_an_error_while_ending_does_not_hide_the_first() -> None:
    def first() -> None:
        baton.pass_on()
        raise ValueError("the first")

    def second() -> None:
        try:
            baton.pass_on()
        finally:
            raise RuntimeError("the second")

    baton = Baton([first, second])
    with pytest.raises(ValueError, match="the first"):
        baton.run()


def test_a_signal_ends_all_from_the_main_thread() -> None:
    def work() -> None:
        while True:
            baton.pass_on()

    def beginning() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        work()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    before = threading.active_count()
    baton = Baton([beginning, work])
    earlier = signal.signal(signal.SIGINT, interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            baton.run()
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert threading.active_count() == before
