"""Exported policies of every family in the engine's own runner, all in one engine process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest

from rl_training.checkpoints.checkpoint import CheckpointMeta
from rl_training.engine import find_engine
from rl_training.policy_export.layout import observation_parts
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import open_session, random_observations, run_policy
from tests.python.inference.engine_batch import Answer, Feeds, Job, run_in_engine
from tests.python.policy_export.policies import CASES, make

# All models are exported and run before the first test is asked.
pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]
TOLERANCE = 1e-5
ROWS = 3


@dataclass(frozen=True)
class Played:
    """What both sides gave for one model."""

    expected: Feeds
    answer: Answer


def _jobs(folder: Path) -> tuple[dict[str, Job], dict[str, Feeds]]:
    jobs, expected = {}, {}
    for name, case in CASES.items():
        model, normaliser = make(case)
        path = folder / f"{name}.onnx"
        export(model, normaliser, path, CheckpointMeta())
        parts = observation_parts(model.observation_space)
        size = sum(part.size for part in parts)
        obs = random_observations(size, normaliser, 2 * ROWS, 5, parts)[:ROWS]
        session = open_session(path)
        feeds: Feeds = {"obs": obs}
        state = next(item for item in session.get_inputs() if item.name == "state_ins")
        rng = np.random.default_rng(6)
        feeds["state_ins"] = rng.normal(size=[ROWS, *state.shape[1:]]).astype(np.float32)
        jobs[name] = Job(onnx.load(str(path)), [feeds])
        expected[name] = run_policy(session, obs, feeds["state_ins"])
    return jobs, expected


@pytest.fixture(name="played", scope="module")
def _played(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    jobs, expected = _jobs(tmp_path_factory.mktemp("policies"))
    _, answers = run_in_engine(list(jobs.values()), find_engine(install=False).path)
    return {
        label: Played(expected[label], answer) for label, answer in zip(jobs, answers, strict=True)
    }


@pytest.mark.parametrize("name", CASES)
def test_the_engine_gives_what_onnxruntime_gives(name: str, played: dict[str, Played]) -> None:
    one = played[name]
    assert one.answer.error == ""
    assert one.answer.script_errors == []
    outputs = one.answer.outputs[0]
    assert set(outputs) == set(one.expected)
    for output, expected in one.expected.items():
        assert outputs[output].shape == expected.shape
        scale = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(outputs[output], expected, atol=TOLERANCE * scale, rtol=0)
