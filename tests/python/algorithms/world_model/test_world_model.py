"""World models learn small real systems, are saved and loaded, and refuse what does not fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rl_training.algorithms.world_model import (
    WorldModelSettings,
    WorldModelTrainer,
    measure_open_loop,
    train_world_model,
)
from rl_training.algorithms.world_model.layout import Layout
from rl_training.algorithms.world_model.sequences import SequenceReplay, replay_of
from rl_training.errors import ConfigError, DataError, ModelError
from tests.python.algorithms.world_model.systems import bar_episode, pendulum_episode

SMALL = WorldModelSettings(
    state_dim=64, hidden_dim=64, categoricals=8, classes=8, layers=1, cnn_depth=4,
    learning_rate=2e-3, batch_size=16, sequence_length=16,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.timeout(900)
def test_a_pendulum_is_foreseen_better_than_by_either_baseline() -> None:
    trained = train_world_model(
        [pendulum_episode(n) for n in range(60)], (3,), 14, settings=SMALL, seed=1
    )

    (found,) = measure_open_loop(trained.model, [pendulum_episode(n) for n in range(100, 110)])

    assert len(found.model) == 15
    assert found.ratio < 0.7  # an untrained one: see below
    assert trained.history[-1].training["reward"] < trained.history[0].training["reward"]


def test_an_untrained_model_is_no_better_than_the_baselines() -> None:
    layout = Layout.of_trajectories(pendulum_episode(0), (3,))

    (found,) = measure_open_loop(WorldModelTrainer(layout, SMALL).model, [pendulum_episode(1)])

    assert found.ratio > 0.9


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", [16, 18])
def test_pictures_are_reconstructed(size: int) -> None:
    episodes = [bar_episode(n, size) for n in range(40)]
    trained = train_world_model(episodes, (size, size, 3), 20, settings=SMALL)

    pictures = np.concatenate([one.observations["camera"] for one in episodes]) / 255.0
    # What a model reaches that has learned nothing but the mean picture.
    blind = float(((pictures - pictures.mean(axis=0)) ** 2).sum(axis=(1, 2, 3)).mean())
    assert trained.history[-1].validation["observation_camera"] < 0.5 * blind
    assert trained.model.layout.acted.choices == (3,)


def test_the_layout_of_64x64_pictures_and_vectors_together() -> None:
    one = bar_episode(0, size=64, length=4)
    both = {"camera": (64, 64, 3)}

    layout = Layout.of_trajectories(one, both)
    model = WorldModelTrainer(layout.widened([one]), SMALL).model
    batch = replay_of([one], model.layout).sample(2, 4, np.random.default_rng(0))
    learned = model.learn_from(batch)

    assert batch.observations["camera"].shape == (2, 4, 3, 64, 64)
    assert torch.isfinite(learned.loss)
    assert model.encoder.size == 4 * 4 * 4 * 4  # four halvings of 64, 4 x 4 channels


def test_a_saved_model_is_the_same_one(tmp_path: Path) -> None:
    episodes = [pendulum_episode(n, 30) for n in range(4)]
    trained = train_world_model(episodes, (3,), 1, settings=SMALL)
    path = tmp_path / "model.pt"

    trained.save(path)
    loaded = WorldModelTrainer.load_checkpoint(path)

    assert loaded.history == trained.history
    assert loaded.updates == trained.updates
    torch.manual_seed(0)
    before = trained.model.open_loop(_batch(trained), 5)["obs"]
    torch.testing.assert_close(loaded.model.open_loop(_batch(loaded), 5)["obs"], before)
    loaded.fit(episodes, 1)
    assert loaded.updates > trained.updates


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"PK nothing")

    with pytest.raises(ModelError, match="is not a world model"):
        WorldModelTrainer.load(path)
    with pytest.raises(ModelError, match="no world model at"):
        WorldModelTrainer.load(tmp_path / "none.pt")


def test_data_that_does_not_fit_is_refused() -> None:
    with pytest.raises(DataError, match=r"'obs' must be \(4,\); the data has \(3,\)"):
        train_world_model([pendulum_episode(0)], (4,), 1)
    with pytest.raises(DataError, match="there are no trajectories"):
        train_world_model([], (4,), 1)
    with pytest.raises(DataError, match="trajectories differ"):
        train_world_model([pendulum_episode(0), bar_episode(0)], (3,), 1)
    with pytest.raises(ConfigError, match="blocks must divide state_dim"):
        WorldModelSettings.from_dict({"state_dim": 10, "blocks": 3})


def test_a_sequence_begins_anew_where_an_episode_does() -> None:
    first, second = pendulum_episode(0, 8), pendulum_episode(1, 8)
    layout = Layout.of_trajectories(first, (3,))
    model = WorldModelTrainer(layout, SMALL).model
    joined = replay_of([first, second], layout).sample(1, 18, np.random.default_rng(0))
    alone = replay_of([second], layout).sample(1, 9, np.random.default_rng(0))

    embeddings = model.encoder(joined.observations)
    beliefs = model.rssm.observe(embeddings, joined.actions, joined.is_first).state.belief
    other = model.observe(alone).state.belief

    assert joined.is_first[0].nonzero().flatten().tolist() == [0, 9]
    # The first belief of an episode comes from zeros, whatever came before it.
    torch.testing.assert_close(beliefs[0, 9], other[0, 0])
    assert not torch.allclose(beliefs[0, 8], other[0, 0])


def test_the_ring_keeps_the_newest_rows_in_order() -> None:
    layout = Layout.of_trajectories(pendulum_episode(0), (3,))
    replay = SequenceReplay(layout, capacity=8, agents=2)
    for step in range(20):
        rows = np.array([0, 1]) if step % 2 else np.array([1])
        count = len(rows)
        replay.add(
            {"obs": np.full((count, 3), step, np.float32)},
            np.zeros((count, 1)), np.full(count, step), np.ones(count), np.zeros(count), rows,
        )  # fmt: skip

    random = np.random.default_rng(0)
    for _ in range(20):
        batch = replay.sample(4, 5, random)
        steps = np.diff(batch.rewards.numpy(), axis=1)
        assert ((steps == 1) | (steps == 2)).all()
        assert batch.rewards.min() >= 5
    assert len(replay) == 16


def _batch(trained: WorldModelTrainer):  # type: ignore[no-untyped-def]
    replay = replay_of([pendulum_episode(9, 30)], trained.model.layout)
    return replay.sample(2, 12, np.random.default_rng(0))
