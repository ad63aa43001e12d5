"""The archive of cells: what it keeps, and what it chooses."""

from __future__ import annotations

import numpy as np

from rl_training.exploration.archive import Archive
from rl_training.exploration.trail import Tape, Trail


def trail(level: int, decisions: int) -> Trail:
    return Trail(level, np.zeros((decisions, 1)))


def test_a_cell_keeps_the_shortest_trail() -> None:
    archive = Archive()
    assert archive.note("a", trail(1, 5), 11, None)
    assert not archive.note("a", trail(1, 9), 12, None)
    assert not archive.note("a", trail(1, 3), 13, None)
    cell = archive.choose(np.random.default_rng(0))
    assert cell is not None
    assert (len(cell.trail), cell.digest, cell.visits) == (3, 13, 3)


def test_the_same_name_in_another_level_is_another_cell_but_counts_once() -> None:
    archive = Archive()
    for level in (1, 2):
        archive.note("a", trail(level, 1), 0, None)
        archive.count(("a",), step=level)
    assert len(archive) == 2
    assert list(archive.first_seen) == ["a"]
    assert archive.curve == [(1, 1)]


def test_cells_that_were_seldom_seen_are_chosen_more_often() -> None:
    archive = Archive()
    archive.note("rare", trail(0, 1), 0, None)
    for _ in range(99):
        archive.note("common", trail(0, 1), 0, None)
    rng = np.random.default_rng(1)
    chosen = []
    for _ in range(300):
        cell = archive.choose(rng)
        assert cell is not None
        cell.chosen = 0
        chosen.append(cell.name)
    # 1 / sqrt(2) against 1 / sqrt(100)
    assert 0.8 < chosen.count("rare") / 300 < 0.95


def test_a_cell_that_was_found_again_is_not_forgotten_for_its_old_trail() -> None:
    archive = Archive()
    archive.note("a", trail(1, 5), 11, None)
    old = archive.choose(np.random.default_rng(0))
    assert old is not None
    archive.forget(old)
    assert (len(archive), archive.choose(np.random.default_rng(0))) == (0, None)
    archive.note("a", trail(1, 6), 12, None)
    # A second arena was on its way to the old one.
    archive.forget(old)
    found = archive.choose(np.random.default_rng(0))
    assert found is not None
    assert (len(archive), found.digest) == (1, 12)


def test_a_cell_from_which_nothing_new_comes_is_chosen_less() -> None:
    archive = Archive()
    archive.note("a", trail(0, 1), 0, None)
    archive.note("b", trail(0, 1), 0, None)
    rng = np.random.default_rng(2)
    cells = {}
    for _ in range(40):
        cell = archive.choose(rng)
        assert cell is not None
        cells[cell.name] = cell
        if cell.name == "a":
            archive.note(f"new {cell.chosen}", trail(0, 2), 0, cell)
            archive.forget(archive._order[-1])
    assert cells["a"].fruitful == cells["a"].chosen
    assert cells["a"].chosen > 2 * cells["b"].chosen


def test_a_cell_that_cannot_be_returned_to_is_forgotten() -> None:
    archive = Archive()
    archive.note("a", trail(0, 1), 0, None)
    cell = archive.choose(np.random.default_rng(0))
    assert cell is not None
    archive.forget(cell)
    archive.forget(cell)
    assert archive.choose(np.random.default_rng(0)) is None


def test_trails_of_a_tape_keep_what_they_were() -> None:
    tape = Tape(7, 2)
    for i in range(100):
        tape.add(np.array([i, -i], np.float64))
    early = tape.trail().first(3)
    for _ in range(100):
        tape.add(np.zeros(2))
    assert early.actions.tolist() == [[0, 0], [1, -1], [2, -2]]
    assert len(tape.trail()) == 200
    told = Trail.from_dict(early.to_dict())
    assert told.level == 7
    assert np.array_equal(told.actions, early.actions)
