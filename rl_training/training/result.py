"""What a training run produced."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rl_training.training.standing import Standing


@dataclass(frozen=True)
class PolicyResult(Standing):
    """What a run produced of one of several policies: how it stands, and its file.

    Attributes:
        onnx: its .onnx file; None when not exported.
        onnx_difference: largest difference between the exported and the trained policy.
    """

    onnx: Path | None = None
    onnx_difference: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that JSON can hold."""
        plain = dataclasses.asdict(self)
        return {**plain, "onnx": None if self.onnx is None else str(self.onnx)}


@dataclass(frozen=True)
class TrainResult:
    """What a run produced.

    Attributes:
        timesteps: decisions of all agents together, over the whole run.
        seconds: wall time of learning, in this call.
        steps_per_second: decisions per second of learning, in this call.
        mean_reward: of the last episodes; None before the first ended. Of several policies, the
            mean of theirs.
        success_rate: of the last episodes; None when the scene does not report it.
        stopped: a signal ended the run before its timesteps were done.
        asked_to_stop: a signal came while it learned, perhaps too late to end it sooner.
        checkpoints: written in this call.
        model: the final .zip; of several policies, the set of all.
        onnx: the final .onnx; None when not exported, and with several policies.
        onnx_difference: largest difference between the exported and the trained policy.
        notes: what the learner has to say besides, line by line.
        details: the same as values that JSON can hold.
        policies: of several policies, each by its name; empty where there is one.
    """

    timesteps: int
    seconds: float
    steps_per_second: float
    mean_reward: float | None
    success_rate: float | None
    stopped: bool
    checkpoints: tuple[Path, ...]
    model: Path
    onnx: Path | None
    onnx_difference: float | None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    policies: Mapping[str, PolicyResult] = field(default_factory=dict)
    asked_to_stop: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that JSON can hold."""
        plain = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        plain["notes"] = list(self.notes)
        plain["policies"] = {name: one.to_dict() for name, one in self.policies.items()}
        plain |= {"model": str(self.model), "onnx": None if self.onnx is None else str(self.onnx)}
        plain["checkpoints"] = [str(path) for path in self.checkpoints]
        return {**plain.pop("details"), **plain}

    def summary(self) -> str:
        """Return the result in a few lines of text."""
        done = "stopped after" if self.stopped else "trained"
        lines = [
            f"{done} {self.timesteps:,} steps; {self.seconds:.1f} s, "
            f"{self.steps_per_second:,.0f} steps/s in this call"
        ]
        if self.mean_reward is not None and not self.policies:
            lines.append(f"mean reward of the last episodes: {self.mean_reward:.3f}")
        if self.success_rate is not None and not self.policies:
            lines.append(f"success rate of the last episodes: {100 * self.success_rate:.1f} %")
        lines += [_line_of(name, one) for name, one in self.policies.items()]
        lines += self.notes
        lines.append(f"model: {self.model}")
        if self.onnx is not None:
            lines.append(
                f"ONNX:  {self.onnx} (differs by at most {self.onnx_difference:.1e} from the "
                "trained policy)"
            )
        lines += [
            f"ONNX:  {one.onnx} ({name}; differs by at most {one.onnx_difference:.1e})"
            for name, one in self.policies.items()
            if one.onnx is not None
        ]
        return "\n".join(lines)


def _line_of(name: str, result: PolicyResult) -> str:
    parts = [f"{name}: {result.timesteps:,} steps"]
    if result.mean_reward is not None:
        parts.append(f"mean reward of the last episodes {result.mean_reward:.3f}")
    if result.success_rate is not None:
        parts.append(f"success rate {100 * result.success_rate:.1f} %")
    return ", ".join(parts)
