"""The picture of learning curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from rl_training.errors import UsageError
from rl_training.plot_learning import main
from rl_training.reporting.learning_plot import chosen, panels_of, plot_learning
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths


def test_a_run_becomes_a_picture(tmp_path: Path) -> None:
    run = RunPaths("one", tmp_path)
    writer = MetricsWriter(run.metrics)
    for step in range(5):
        writer.write(step * 1000, {"episode/success": step / 5, "rollout/ep_rew_mean": float(step)})
    writer.write(4000, {"eval/success_rate": 0.9, "eval/mean_reward": 5.0})
    writer.close()
    picture = tmp_path / "pictures" / "learning.png"
    plot_learning([run], picture)
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_a_run_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run named 'nothing'"):
        main(["--experiment", "nothing", "--output", "x.png", "--run_root", str(tmp_path)])


def test_panels_are_what_the_runs_logged() -> None:
    rows = [
        [{"timesteps": 0, "rollout/ep_rew_mean": 1.0, "episode/gap": 2.0}],
        [{"timesteps": 0, "rollout/success_rate": 0.5, "episode/success": 0.5}],
    ]
    assert [(panel.tag, panel.label) for panel in panels_of(rows)] == [
        ("rollout/success_rate", "success rate"),
        ("rollout/ep_rew_mean", "reward of an episode"),
        ("episode/gap", "gap an episode"),
    ]


def test_what_never_changes_is_not_drawn() -> None:
    rows = [{"timesteps": n, "episode/gap": float(n), "episode/tags": 0.0} for n in range(3)]
    assert [panel.tag for panel in panels_of([rows])] == ["episode/gap"]


def test_curves_can_be_chosen() -> None:
    row = {"timesteps": 0, "rollout/ep_rew_mean": 1.0, "rollout/success_rate": 0.5}
    panels = panels_of([[row | {"episode/gap": 2.0}]])
    assert [panel.tag for panel in chosen(panels, ["gap", "reward"])] == [
        "episode/gap",
        "rollout/ep_rew_mean",
    ]
    with pytest.raises(UsageError, match=r"no curve 'succes_rate'.*success_rate"):
        chosen(panels, ["succes_rate"])


def test_seeds_of_one_label_have_one_colour(tmp_path: Path, monkeypatch: Any) -> None:
    runs = [RunPaths(name, tmp_path) for name in ("a0", "a1", "b0")]
    for run in runs:
        writer = MetricsWriter(run.metrics)
        for step in range(3):
            writer.write(step * 1000, {"rollout/success_rate": step / 5})
        writer.close()
    drawn: list[Any] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_to, **_how: drawn.append(figure))
    plot_learning(runs, tmp_path / "x.png", labels=["a", "a", "b"])
    axis = drawn[0].axes[0]
    assert [line.get_color() for line in axis.get_lines()] == ["C0", "C0", "C1"]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["a", "b"]


def test_as_many_labels_as_runs(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="2 runs need as many labels; found 1"):
        plot_learning(
            [RunPaths(name, tmp_path) for name in ("one", "two")], tmp_path / "x.png", labels=["a"]
        )


def test_a_run_without_an_episode_has_no_picture(tmp_path: Path) -> None:
    run = RunPaths("one", tmp_path)
    writer = MetricsWriter(run.metrics)
    writer.write(1000, {"time/fps": 900.0})
    writer.close()
    with pytest.raises(UsageError, match="no episode ended yet in one"):
        plot_learning([run], tmp_path / "x.png")
