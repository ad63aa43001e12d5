"""The page of a world model: how far it sees ahead, and what it imagines, as pictures.

Called by `commands.world_model`. It gets plain arrays and never runs a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rl_training.algorithms.world_model.layout import Layout, Seen
from rl_training.algorithms.world_model.measure import SEEN, Imagined, OpenLoop
from rl_training.algorithms.world_model.trainer import Epoch
from rl_training.reporting.document import Block, Heading, Picture, Text, save_html, save_markdown
from rl_training.reporting.table import Table
from rl_training.reporting.theme import Theme, both_themes

Array = NDArray[Any]

_STRIPS = 3
_FRAMES = 10
_NUMBERS = 6


def write_page(
    path: Path,
    layout: Layout,
    found: Sequence[OpenLoop],
    imagined: Imagined,
    history: Sequence[Epoch],
    facts: Mapping[str, str],
) -> None:
    """Write the page: one HTML file, or Markdown with a folder of pictures, by its ending.

    Args:
        path: `.html` or `.md`.
        layout: of the model.
        found: errors of each key.
        imagined: sequences, the model's beside the real ones.
        history: of the training.
        facts: what is said of model and data, name to value.

    Raises:
        StorageError: the page cannot be written.
    """
    blocks: list[Block] = [
        Heading("World model", 1),
        Table(("what", "value"), tuple((name, value) for name, value in facts.items())),
        Heading("How far it sees ahead"),
        Text(
            f"The model sees {SEEN} observations, then only the actions that were taken. Errors "
            "are root mean squares: of numbers, in standard deviations of each over the data; of "
            "pictures, from 0 to 1."
        ),
        _errors_table(found),
        *(_picture(f"error_{one.key or 'obs'}", _title(one), _errors(one)) for one in found),
        Heading("What it imagines"),
    ]
    for one in layout.seen:
        real, model = imagined.real[one.key], imagined.model[one.key]
        name = one.key or "obs"
        if one.image:
            text = f"{name}: above what happened, below what the model shows. "
            text += "Green frames it has seen, blue ones it imagines."
            blocks.append(_picture(f"imagined_{name}", text, _strips(one, real, model)))
        else:
            text = f"{name}: the full line is what happened, the broken one what the model "
            text += "expects; it stops seeing at the dots."
            blocks.append(_picture(f"imagined_{name}", text, _curves(name, real, model)))
    blocks += [Heading("Training"), _picture("training", "Loss by epoch.", _losses(history))]
    (save_markdown if path.suffix == ".md" else save_html)(blocks, path)


def _title(one: OpenLoop) -> str:
    return f"Error of {one.key or 'obs'} by decisions ahead, {one.sequences} sequences."


def _errors_table(found: Sequence[OpenLoop]) -> Table:
    rows = []
    for one in found:
        for name, errors in (
            ("model", one.model), ("constant velocity", one.velocity), ("repeat last", one.last),
        ):  # fmt: skip
            middle = errors[len(errors) // 2]
            cells = (errors[0], middle, errors[-1], errors.mean())
            rows.append((one.key or "obs", name, *(f"{value:.3f}" for value in cells)))
    count = len(found[0].model)
    head = ("key", "who", "1 ahead", f"{count // 2 + 1} ahead", f"{count} ahead", "mean")
    return Table(head, tuple(rows), numbers=frozenset(range(2, 6)))


def _picture(name: str, caption: str, draw: Any) -> Picture:
    drawing = both_themes(draw)
    return Picture(name, caption, drawing.light, drawing.dark)


def _errors(one: OpenLoop) -> Any:
    def draw(theme: Theme) -> Figure:
        figure, axis = _axis(6.0, 3.2)
        ahead = np.arange(1, len(one.model) + 1)
        axis.plot(ahead, one.last, color=theme.grey, marker="s", ms=3, label="repeat last")
        axis.plot(ahead, one.velocity, color=theme.red, marker="^", ms=3, label="constant velocity")
        axis.plot(ahead, one.model, color=theme.blue, marker="o", ms=4, label="model")
        # A baseline that runs away must not flatten what is compared.
        axis.set_ylim(0.0, 1.6 * max(one.model.max(), one.last.max()))
        axis.set_xlabel("decisions ahead")
        axis.set_ylabel("error")
        axis.legend(frameon=False)
        return figure

    return draw


def _strips(one: Seen, real: Array, model: Array) -> Any:
    def draw(theme: Theme) -> Figure:
        steps = np.unique(np.linspace(0, real.shape[1] - 1, _FRAMES).astype(int))
        shown = min(_STRIPS, len(real))
        picked = np.linspace(0, len(real) - 1, shown).astype(int)
        figure = Figure(figsize=(len(steps), 2.1 * shown), layout="constrained")
        grid = figure.subplots(2 * shown, len(steps), squeeze=False)
        for place, number in enumerate(picked):
            for half, source in enumerate((real, model)):
                frames = one.shown(source[number])
                for column, step in enumerate(steps):
                    axis = grid[2 * place + half][column]
                    frame = np.clip(frames[step], 0.0, 1.0)
                    gray = frame.shape[-1] == 1
                    axis.imshow(
                        frame[..., 0] if gray else frame[..., :3], cmap="gray", vmin=0, vmax=1
                    )
                    axis.set_xticks([])
                    axis.set_yticks([])
                    colour = theme.green if step < SEEN else theme.blue
                    for spine in axis.spines.values():
                        spine.set_color(colour)
                    if place == 0 and half == 0:
                        ahead = step - SEEN + 1
                        axis.set_title("seen" if ahead <= 0 else f"+{ahead}", fontsize=9)
                    if column == 0:
                        axis.set_ylabel("model" if half else "real", fontsize=9)
        return figure

    return draw


def _curves(name: str, real: Array, model: Array) -> Any:
    def draw(theme: Theme) -> Figure:
        # The numbers that change most are the ones worth looking at.
        moves = real.std(axis=(0, 1))
        numbers = np.sort(np.argsort(-moves)[:_NUMBERS])
        picked = np.linspace(0, len(real) - 1, min(_STRIPS, len(real))).astype(int)
        figure = Figure(figsize=(3.2 * len(picked), 1.3 * len(numbers)), layout="constrained")
        grid = figure.subplots(len(numbers), len(picked), squeeze=False, sharex=True)
        for row, number in enumerate(numbers):
            for column, sequence in enumerate(picked):
                axis = grid[row][column]
                axis.spines[["top", "right"]].set_visible(False)
                axis.tick_params(labelsize=8)
                axis.axvline(SEEN - 1, color=theme.grey, lw=0.8, ls=":")
                axis.plot(real[sequence, :, number], color=theme.ink, lw=1.2)
                axis.plot(model[sequence, :, number], color=theme.blue, lw=1.2, ls="--")
                if column == 0:
                    axis.set_ylabel(f"{name}[{number}]", fontsize=8)
        return figure

    return draw


def _losses(history: Sequence[Epoch]) -> Any:
    def draw(theme: Theme) -> Figure:
        figure, axis = _axis(6.0, 2.8)
        numbers = [one.number for one in history]
        training = [one.training["loss"] for one in history]
        axis.plot(numbers, training, color=theme.blue, marker="o", ms=3, label="training")
        judged = [(one.number, one.validation["loss"]) for one in history if one.validation]
        if judged:
            axis.plot(*zip(*judged, strict=True), color=theme.green, marker="s", ms=3,
                      label="validation")  # fmt: skip
        axis.set_xlabel("epoch")
        axis.set_ylabel("loss")
        axis.legend(frameon=False)
        return figure

    return draw


def _axis(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axis = figure.subplots()
    axis.spines[["top", "right"]].set_visible(False)
    return figure, axis
