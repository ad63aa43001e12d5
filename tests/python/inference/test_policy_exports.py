"""Networks as other trainers export them through torch, against onnxruntime.

ML-Agents' exporter writes opset 9, with both action kinds, the sampled actions among the outputs,
and a mask of the discrete ones; CleanRL's and RLlib's policies are plain modules with assorted
activations. The random outputs are checked for type and shape, the others for their values.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import pytest
import torch
from torch import nn

from rl_training.engine import find_engine
from tests.python.inference.engine_batch import (
    Answer,
    Feeds,
    Job,
    run_in_engine,
    run_in_onnxruntime,
)
from tests.python.inference.node_case_table import compare

pytestmark = pytest.mark.engine


class MLAgentsActor(nn.Module):
    """The actor of ML-Agents 2 and 3: normaliser, swish layers, one continuous and two discrete."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.randn(8))
        self.variance = nn.Parameter(torch.rand(8) + 0.5)
        self.steps = nn.Parameter(torch.tensor(7.0))
        self.hidden = nn.ModuleList([nn.Linear(8, 16), nn.Linear(16, 16)])
        self.mu = nn.Linear(16, 2)
        self.log_sigma = nn.Parameter(torch.zeros(1, 2) - 0.5)
        self.branches = [nn.Linear(16, 3), nn.Linear(16, 2)]
        self.registered = nn.ModuleList(self.branches)
        self.version_number = nn.Parameter(torch.tensor([3.0]), requires_grad=False)

    def forward(self, obs: torch.Tensor, masks: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = torch.clamp((obs - self.mean) / torch.sqrt(self.variance / self.steps), -5, 5)
        for layer in self.hidden:
            x = layer(x)
            x = x * torch.sigmoid(x)
        mu = self.mu(x)
        sigma = torch.exp(self.log_sigma.expand(mu.shape[0], -1))
        sampled = mu + sigma * torch.randn_like(mu)
        continuous = torch.clamp(sampled, -3, 3) / 3
        chosen, drawn, first = [], [], 0
        for branch in self.branches:
            logits = branch(x)
            allowed = masks[:, first : first + branch.out_features]
            first += branch.out_features
            logits = logits * allowed - 1e8 * (1 - allowed)
            probabilities = torch.softmax(logits, dim=-1) * allowed + 1e-7
            drawn.append(torch.multinomial(probabilities, 1))
            chosen.append(torch.argmax(logits, dim=1, keepdim=True))
        return (
            self.version_number,
            continuous,
            torch.clamp(mu, -3, 3) / 3,
            torch.cat(drawn, dim=1),
            torch.cat(chosen, dim=1),
        )


class Assorted(nn.Module):
    """Activations and normalisations that policies use, one after another."""

    def __init__(self) -> None:
        super().__init__()
        parts: list[nn.Module] = [
            *(nn.ELU(), nn.LeakyReLU(0.2), nn.SELU(), nn.GELU(), nn.SiLU(), nn.Mish()),
            *(nn.Softplus(), nn.Softsign(), nn.Hardswish(), nn.Hardsigmoid(), nn.PReLU(8)),
            *(nn.CELU(0.7), nn.Tanhshrink(), nn.LayerNorm(8), nn.Dropout(), nn.BatchNorm1d(8)),
            nn.LogSoftmax(dim=-1),
        ]
        layers: list[nn.Module] = []
        for part in parts:
            layers += [nn.Linear(8, 8), part]
        self.net = nn.Sequential(*layers)

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.net(obs)
        return result


class MaskedAttention(nn.Module):
    """Entities with self-attention, a mean over them, and logits masked by where()."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(4, 8)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm = nn.LayerNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, obs: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        entities = obs.reshape(obs.shape[0], -1, 4)
        x = self.embed(entities)
        x = self.norm(x + self.attention(x, x, x, need_weights=False)[0])
        logits = self.head(torch.cat([x.mean(dim=1), x.amax(dim=1)], dim=-1)[:, ::2])
        logits = torch.where(mask > 0.5, logits, torch.full_like(logits, -1e8))
        return torch.softmax(logits, -1), logits.argmax(-1)


@dataclass(frozen=True)
class Export:
    """A network as exported, with inputs, and the outputs that random numbers decide."""

    label: str
    model: onnx.ModelProto
    feeds: Feeds
    random: Sequence[str] = ()


def export(
    label: str, module: nn.Module, feeds: Feeds, outputs: list[str], opset: int, *random: str
) -> Export:
    buffer = io.BytesIO()
    arguments = tuple(torch.as_tensor(array) for array in feeds.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            arguments,
            buffer,  # type: ignore[arg-type]  # a file object is what the old exporter takes
            opset_version=opset,
            dynamo=False,
            input_names=list(feeds),
            output_names=outputs,
            dynamic_axes={name: {0: "batch"} for name in feeds},
        )
    model = onnx.load_from_string(buffer.getvalue())
    return Export(f"{label}, opset {opset}", model, feeds, random)


@pytest.fixture(scope="module")
def exports() -> list[Export]:
    torch.manual_seed(3)
    rng = np.random.default_rng(3)
    batch = 5
    masks = np.ones((batch, 5), np.float32)
    masks[1, 0] = masks[2, 4] = 0.0
    ml_agents = {"obs_0": rng.normal(size=(batch, 8)).astype(np.float32), "action_masks": masks}
    outputs = ["version_number", "continuous_actions", "deterministic_continuous_actions"]
    outputs += ["discrete_actions", "deterministic_discrete_actions"]
    random = ("continuous_actions", "discrete_actions")
    entities = {"obs": rng.normal(size=(batch, 12)).astype(np.float32), "mask": masks}
    plain = {"obs": rng.normal(size=(batch, 8)).astype(np.float32)}
    found = [
        export("ML-Agents", MLAgentsActor(), ml_agents, outputs, opset, *random)
        for opset in (9, 11, 17)
    ]
    found += [export("assorted", Assorted(), plain, ["output"], opset) for opset in (14, 17, 20)]
    names = ["probabilities", "action"]
    found += [export("attention", MaskedAttention(), entities, names, o) for o in (14, 18, 20)]
    return found


@pytest.fixture(scope="module")
def answers(exports: list[Export]) -> list[Answer]:
    jobs = [Job(item.model, [item.feeds]) for item in exports]
    return run_in_engine(jobs, find_engine(install=False).path)[1]


def test_networks_agree(exports: list[Export], answers: list[Answer]) -> None:
    problems = []
    for item, answer in zip(exports, answers, strict=True):
        if answer.error or answer.script_errors:
            problems.append(f"{item.label}: {answer.error} {answer.script_errors}")
            continue
        for name, expected in run_in_onnxruntime(item.model, item.feeds).items():
            found = answer.outputs[0][name]
            if name in item.random:
                assert (found.dtype, found.shape) == (expected.dtype, expected.shape), item.label
            elif problem := compare(expected, found):
                problems.append(f"{item.label}: {name}: {problem}")
    assert problems == []


def test_drawn_actions_obey_the_mask(exports: list[Export], answers: list[Answer]) -> None:
    drawn = 0
    for item, answer in zip(exports, answers, strict=True):
        if "discrete_actions" not in item.random:
            continue
        actions = answer.outputs[0]["discrete_actions"]
        assert actions[1, 0] != 0
        assert actions[2, 1] != 1
        assert actions.min() >= 0
        assert (actions.max(axis=0) <= [2, 1]).all()
        drawn += 1
    assert drawn == 3
