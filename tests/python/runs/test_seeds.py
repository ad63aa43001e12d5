from __future__ import annotations

from rl_training.runs.seeds import episode_seed


def test_known_values() -> None:
    # The addon's RLEpisodeSeed.mix gives the same; tests/godot holds its side.
    assert episode_seed(0, 0) == 0
    assert [episode_seed(1, i) for i in range(3)] == [1834104592, 39170614, 322412838]


def test_in_range_and_spread() -> None:
    seeds = [episode_seed(seed, index) for seed in range(20) for index in range(500)]
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert len(set(seeds)) > len(seeds) - 5
