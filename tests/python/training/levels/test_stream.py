from __future__ import annotations

import numpy as np
import pytest

from rl_training.runs.seeds import episode_seed
from rl_training.training.levels.stream import RESERVED, LevelStream, mixed, numbers_of


def _numbers(*given: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(given, np.uint64)


@pytest.mark.parametrize("seed", [0, 1, 1_000_000, 2**31 - 1])
def test_levels_are_the_seeds_of_numbered_episodes(seed: int) -> None:
    numbers = [0, 1, 2, 1000, RESERVED, 2**31, 2**32 - 1]
    found = mixed(seed, _numbers(*numbers)).tolist()
    assert found == [episode_seed(seed, number) for number in numbers]


@pytest.mark.parametrize("seed", [0, 7, 1_000_000])
def test_the_numbers_of_a_level_are_found_again(seed: int) -> None:
    numbers = _numbers(0, 1, 5, 999_999, 2**32 - 1)
    levels = mixed(seed, numbers)
    first, second = numbers_of(seed, levels)
    assert ((first == numbers) | (second == numbers)).all()
    assert (mixed(seed, first) == levels).all()
    assert (mixed(seed, second) == levels).all()


def test_no_level_is_an_episode_of_an_evaluation() -> None:
    evaluation = 1_000_000
    episodes = set(mixed(evaluation, np.arange(RESERVED, dtype=np.uint64)).tolist())
    # So many levels that some would be among them by chance.
    levels = LevelStream(3, [evaluation]).take(200_000)
    chance = mixed(3, np.arange(200_000, dtype=np.uint64)).tolist()
    assert episodes.intersection(chance)
    assert not episodes.intersection(levels.tolist())
    assert len(levels) == 200_000


def test_a_run_with_the_evaluations_seed_plays_other_episodes() -> None:
    seed = 1_000_000
    levels = LevelStream(seed, [seed]).take(100).tolist()
    assert not set(levels) & {episode_seed(seed, number) for number in range(1000)}


def test_the_stream_goes_on_where_it_was() -> None:
    whole = LevelStream(5, [9]).take(100).tolist()
    stream = LevelStream(5, [9])
    first = stream.take(40).tolist()
    again = LevelStream(5, [9])
    again.position = stream.position
    assert first + again.take(60).tolist() == whole
    assert stream.take(0).tolist() == []
