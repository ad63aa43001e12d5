"""Models beside each other as a Markdown table: `compare_models.py` and its like print it."""

from __future__ import annotations

from collections.abc import Sequence

from rl_training.evaluation.action_agreement import Agreement
from rl_training.evaluation.model_comparison import ModelFigures, PlayFigures
from rl_training.reporting import table
from rl_training.reporting.table import Table


def as_markdown(figures: Sequence[ModelFigures]) -> str:
    """Return the figures as a Markdown table, and what the engine complained of below it."""
    batches = sorted({b for row in figures for b in row.timing.forward_us or {}})
    head = (
        *("Model", "Bytes", "Load, ms"),
        *(f"Forward of {batch}, us" for batch in batches),
        *("Same action", "Difference, mean / largest", "Success in the engine", "Mean reward"),
        "Lost / gained",
    )
    rows = []
    for row in figures:
        times = row.timing.forward_us or {}
        rows.append(
            (
                row.label,
                f"{row.file_bytes:,}",
                _number(row.timing.load_ms, ".1f"),
                *(_number(times.get(batch), ".0f") for batch in batches),
                *_agreement_cells(row.agreement),
                *_play_cells(row.play),
            )
        )
    return "\n".join([table.as_markdown(Table(head, tuple(rows))), *_complaints(figures)])


def _agreement_cells(agreement: Agreement | None) -> list[str]:
    if agreement is None:
        return ["-", "-"]
    if agreement.same_choice is not None:
        return [f"{100 * agreement.same_choice:.1f} %", "-"]
    share = 100 * (agreement.within_tolerance or 0.0)
    return [f"{share:.1f} %", f"{agreement.mean_abs_diff:.4f} / {agreement.max_abs_diff:.3f}"]


def _play_cells(play: PlayFigures | None) -> list[str]:
    if play is None:
        return ["-", "-", "-"]
    success = "-"
    if play.success_rate is not None and play.success_rate_ci95 is not None:
        low, high = play.success_rate_ci95
        success = f"{100 * play.success_rate:.0f} % ({100 * low:.1f} to {100 * high:.1f})"
    low, high = play.mean_reward_ci95
    reward = f"{play.mean_reward:.1f} ({low:.1f} to {high:.1f})"
    return [success, reward, f"{play.lost} / {play.gained}"]


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _complaints(figures: Sequence[ModelFigures]) -> list[str]:
    """Return a line for each model during whose play the engine told errors or warnings."""
    lines = []
    for row in figures:
        told = {} if row.play is None else row.play.engine_errors
        counts = [f"{count} {kind}" for kind, count in told.items() if count]
        if counts:
            lines.append(f"\n{row.label}: the engine told {', '.join(counts)}.")
    return lines
