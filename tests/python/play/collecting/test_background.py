"""Work in a thread: in order, nothing is lost, and what fails is told."""

from __future__ import annotations

import threading

import pytest

from rl_training.errors import StorageError
from rl_training.play.collecting.background import InBackground


def test_items_are_done_in_their_order_beside_who_brings_them() -> None:
    done: list[int] = []
    may_begin = threading.Event()

    def work(item: int) -> None:
        assert may_begin.wait(60.0)
        done.append(item)

    with InBackground[int](work) as add:
        for item in range(50):
            add(item)  # returns although none could begin
        assert done == []
        may_begin.set()
    assert done == list(range(50))


def test_an_interruption_loses_nothing() -> None:
    done: list[int] = []

    def interrupted() -> None:
        with InBackground[int](done.append) as add:
            add(1)
            add(2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert done == [1, 2]


def test_what_fails_is_told_at_the_next_item_or_at_the_end() -> None:
    tried: list[int] = []

    def work(item: int) -> None:
        tried.append(item)
        if item == 1:
            raise StorageError("the disk is full")

    def bring(*items: int) -> None:
        with InBackground[int](work) as add:
            for item in items:
                add(item)

    with pytest.raises(StorageError, match="disk is full"):
        bring(0, 1)  # nobody asks any more
    assert tried == [0, 1]
    with pytest.raises(StorageError, match="disk is full"):
        bring(1, *[2] * 100_000)  # more than may wait
    assert tried == [0, 1, 1]
