"""The page on an evaluation: what it says, in Markdown and in HTML that loads nothing."""

from __future__ import annotations

import math
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rl_training.commands.running import run_main
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.report_parts import Game, Run
from rl_training.generate_report import main
from rl_training.invocation import program
from rl_training.reporting.document import (
    Block,
    Command,
    Heading,
    Picture,
    Text,
    save_html,
    save_markdown,
)
from rl_training.reporting.play_again import find_recordings, replay_command
from rl_training.reporting.report_page import page, worst_episodes
from rl_training.reporting.table import Table
from rl_training.runs.metrics import MetricsWriter
from rl_training.runs.paths import RunPaths
from tests.python.evaluation.reports import duel, messages, report_of

ROOT = Path(__file__).parents[3]
TIMES = {"physics_ms_mean": 0.1, "physics_ms_max": 2.0, "frame_ms_mean": 0.2, "frame_ms_max": 3.0}


def _report(
    shift: float = 0.0, count: int = 30, tells: bool = True, seed: int = 5, **more: Any
) -> EvaluationReport:
    noise = np.random.default_rng(0).normal(0.0, 1.0, count)
    infos: list[dict[str, object]] = [
        {
            "is_success": index % 7 > 0,
            "metrics": {"success": index % 7 > 0, "collisions": index % 3},
            "times": TIMES,
        }
        if tells
        else {}
        for index in range(count)
    ]
    return report_of(
        infos,
        scenario="vr_locomotion" if tells else "custom",
        seed=seed,
        reward=lambda index: float(40.0 + 3.0 * noise[index] + shift),
        length=lambda index: 100 + index,
        truncated=lambda index: index % 7 == 0,
        **more,
    )


def _save(path: Path, report: EvaluationReport) -> Path:
    report.save(path)
    return path


class _Reader(HTMLParser):
    """Checks that tags are closed in their order and that nothing is loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images = 0
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert tag not in ("script", "link", "iframe")
        if tag == "img":
            self.images += 1
            assert (values["src"] or "").startswith("data:image/png;base64,iVBOR")
            assert values["alt"]
        if tag == "source":
            assert (values["srcset"] or "").startswith("data:image/png;base64,iVBOR")
        if tag not in ("img", "meta", "source"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(html: Path) -> _Reader:
    reader = _Reader()
    reader.feed(html.read_text())
    assert reader.open == []
    return reader


BLOCKS: list[Block] = [
    Heading("A & B <c>", 1),
    Text("passed", strong=True, good=True),
    Text("less < more"),
    Table(("name", "x|y"), (("a", "1"), ("<b>", "2")), frozenset({1}), frozenset({1})),
    Command("run 'a b' < c"),
    Picture("curve", "a curve", b"\x89PNG"),
]


def test_markdown_and_its_pictures(tmp_path: Path) -> None:
    save_markdown(BLOCKS, tmp_path / "out" / "my page.md")
    text = (tmp_path / "out" / "my page.md").read_text()
    assert text.startswith("# A &amp; B &lt;c>\n\n**passed**\n\nless &lt; more\n\n| name | x\\|y |")
    assert "| --- | ---: |\n| a | 1 |\n| &lt;b> | **2** |" in text
    assert "```sh\nrun 'a b' < c\n```" in text
    assert "![a curve](<my page_images/curve.png>)" in text
    assert (tmp_path / "out" / "my page_images" / "curve.png").read_bytes() == b"\x89PNG"


def test_html_is_one_file(tmp_path: Path) -> None:
    picture = Picture("curve", "a curve", b"\x89PNG\r\n\x1a\n")
    save_html([*BLOCKS[:-1], picture], tmp_path / "page.html")
    reader = _read(tmp_path / "page.html")
    assert reader.images == 1
    assert "A & B <c>" in reader.text
    assert '<tr class="marked"><td>&lt;b&gt;</td>' in (tmp_path / "page.html").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_the_worst_come_first_and_each_has_its_command(tmp_path: Path) -> None:
    report = _report()
    worst = worst_episodes(report)
    returns = sorted(row.episode_return for row in report.episodes)
    assert [row.episode_return for row in worst] == returns[:5]
    recorded = tmp_path / f"episode_{worst[0].episode:06d}_{worst[0].seed}.replay"
    recorded.write_bytes(b"")
    recordings = find_recordings(report, tmp_path)
    assert recordings == {worst[0].episode: recorded}
    command = replay_command(report, worst[0], recorded)
    assert shlex.split(command) == [*program(), "replay", str(recorded)]
    words = shlex.split(replay_command(report, worst[1], None))
    assert words[: len(program()) + 1] == [*program(), "evaluate"]
    assert words[words.index("--episodes") + 1] == str(worst[1].episode + 1)
    assert "--in_engine" in words


def test_the_command_records_that_episode() -> None:
    from rl_training.commands.evaluate import parse

    report = _report()
    words = shlex.split(replay_command(report, worst_episodes(report)[0], None))
    request, _ = parse(words[words.index("evaluate") + 1 :])
    assert (request.seed, request.scenario, request.in_engine) == (5, "vr_locomotion", True)
    assert request.record == Path("recordings")


def test_the_command_names_the_game(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    game = Game(project_path="my game", scene_path="res://arena.tscn")
    report = _report().model_copy(update={"game": game})
    row = worst_episodes(report)[0]
    words = shlex.split(replay_command(report, row, Path("a.replay")))
    assert words[words.index("replay") + 1 :] == ["a.replay", "--project_path", "my game"]
    words = shlex.split(replay_command(report, row, None))
    assert Path(words[1]).samefile(ROOT / "rl_training" / "evaluate_model.py")
    assert words[words.index("--project_path") + 1] == "my game"
    assert words[words.index("--scene_path") + 1] == "res://arena.tscn"


def test_recordings_are_looked_for_where_they_were_written(tmp_path: Path) -> None:
    report = _report()
    (tmp_path / "a.replay").write_bytes(b"")
    names = {3: "a.replay", 4: "gone.replay"}
    report = report.with_episodes(
        [
            row.model_copy(update={"recording": str(tmp_path / names[row.episode])})
            if row.episode in names
            else row
            for row in report.episodes
        ]
    )
    assert find_recordings(report) == {3: tmp_path / "a.replay"}


def test_a_report_alone_makes_a_page() -> None:
    blocks = page(_report(tells=False))
    headings = [block.text for block in blocks if isinstance(block, Heading)]
    assert headings == ["custom: evaluation", "Episodes", "The worst 5 episodes", "Made with"]


def test_the_page_tells_policies_messages_and_the_run(tmp_path: Path) -> None:
    hit = "SCRIPT ERROR: <null> at: _on_hit (res://enemy.gd:7)"
    run = Run(
        experiment="walk",
        timesteps=1_000_000,
        seed=3,
        algorithm="PPO",
        config={"learning_rate": 1e-3, "token": "a secret of mine"},
    )
    report = _report(agent=duel, messages=messages([hit])).model_copy(update={"run": run})
    save_html(page(report), tmp_path / "page.html")
    reader = _read(tmp_path / "page.html")
    for said in ("pursuer", "evader", hit, "walk", "1,000,000", "learning_rate"):
        assert said in reader.text
    assert "secret" not in reader.text
    save_markdown(page(report), tmp_path / "page.md")
    assert "## Policies" in (tmp_path / "page.md").read_text()


def test_markup_in_a_report_stays_text(tmp_path: Path) -> None:
    report = _report().model_copy(update={"model": "<img src=x onerror=alert(1)>"})
    save_html(page(report), tmp_path / "page.html")
    assert "<img src=x" not in (tmp_path / "page.html").read_text()
    assert "<img src=x onerror=alert(1)>" in _read(tmp_path / "page.html").text


def _run_on_disk(root: Path) -> None:
    writer = MetricsWriter(RunPaths("run", root).metrics)
    for number in range(1, 20):
        row = {"rollout/ep_rew_mean": number, "rollout/success_rate": 0.5, "time/fps": 900}
        row |= {"episode/collisions": 1.0, "train/approx_kl": 0.01, "train/std": 0.5}
        row |= {"train/value_loss": math.nan if number == 7 else 0.1}
        row |= {"engine/physics_ms_mean": 1.0, "engine/physics_ms_max": 2.0}
        writer.write(1000 * number, row)
    writer.close()


def _script(tmp_path: Path, *flags: str) -> int:
    outputs = ("--output", str(tmp_path / "r.md"), "--html", str(tmp_path / "r.html"))
    return run_main(lambda: main([*outputs, *flags]))


@pytest.mark.parametrize("shift", [0.0, -8.0])
@pytest.mark.parametrize("seed", [5, 6])
def test_the_whole_page(tmp_path: Path, shift: float, seed: int) -> None:
    current = _save(tmp_path / "current.json", _report(shift))
    baseline = _save(tmp_path / "baseline.json", _report(seed=seed))
    _run_on_disk(tmp_path)
    flags = ("--metrics", str(current), "--baseline", str(baseline), "--experiment", "run")
    assert _script(tmp_path, *flags, "--run_root", str(tmp_path)) == 0
    text = (tmp_path / "r.md").read_text()
    verdict = "failed: mean_reward went from" if shift else "passed: nothing is worse"
    assert f"**Against the baseline: {verdict}" in text
    assert "**Training: failed: losses that are NaN" in text
    links = re.findall(r"!\[[^]]+\]\(<([^>]+)>\)", text)
    assert links == [f"r_images/{name}.png" for name in ("episodes", "comparison", "learning")]
    assert all((tmp_path / link).read_bytes().startswith(b"\x89PNG") for link in links)
    reader = _read(tmp_path / "r.html")
    assert reader.images == 3
    assert reader.text.count(" evaluate --model ") == 5


def test_a_file_that_is_no_report_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "x.json"
    wrong.write_text("{}")
    assert _script(tmp_path, "--metrics", str(wrong)) == 2
    assert "no report of evaluate_model.py" in capsys.readouterr().err
