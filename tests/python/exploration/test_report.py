"""The report of an exploration: its JSON, the schema, known findings, the page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from rl_training.commands.explore import read_policies, summary
from rl_training.envs.settings import EnvSettings
from rl_training.errors import UsageError
from rl_training.exploration.archive import Archive
from rl_training.exploration.calibration import Calibration
from rl_training.exploration.cells import CellMap, observation_cells
from rl_training.exploration.explorer import Exploration
from rl_training.exploration.findings import FindingBook, Sighting
from rl_training.exploration.lane import Returns
from rl_training.exploration.limits import Limits
from rl_training.exploration.report import ExplorationReport, make_report, read_known
from rl_training.exploration.report_schema import FILE, as_text
from rl_training.exploration.request import ExplorationRequest
from rl_training.exploration.trail import Trail
from rl_training.reporting.document import save_html, save_markdown
from rl_training.reporting.exploration_page import page


@pytest.fixture
def exploration(tmp_path: Path) -> Exploration:
    book, archive = FindingBook(), Archive()
    path = Trail(5, np.zeros((4, 2)))
    for kind, certain in (("stuck", False), ("tunnelling", True), ("slow_frame", False)):
        seen = Sighting(kind, f"{kind} at 7", 3, data={"place": [1, 2]}, certain=certain)
        book.add(seen, path, step=30, episode=1, way="search")
    first, _, third = (book.findings[key] for key in book.findings)
    first.confirmed, first.replay = True, str(tmp_path / "replays" / f"{first.id}.replay")
    third.confirmed, third.note = False, "it was noise"
    for i in range(40):
        archive.count((f"{i % 7},{i // 7}",), i)
    calibration = Calibration(
        Limits(), CellMap("place", 2.0), np.array([True, False]), True, "", 300, 1.5, 0.2
    )
    return Exploration(
        request=ExplorationRequest(EnvSettings(env_path="game"), name="room", way="search"),
        calibration=calibration,
        book=book,
        archive=archive,
        returns=Returns(9, 9),
        decisions=400,
        episodes={"search": 20},
        seconds=8.0,
    )


def test_a_finding_counts_when_it_is_certain_or_was_seen_again(
    exploration: Exploration, tmp_path: Path
) -> None:
    report = make_report(exploration, tmp_path)
    assert {row.kind for row in report.findings} == {"stuck", "tunnelling"}
    assert [row.kind for row in report.unconfirmed] == ["slow_frame"]
    stuck = next(row for row in report.findings if row.kind == "stuck")
    assert stuck.replay == f"replays/{stuck.id}.replay"
    assert stuck.episodes_per_1000 == 50.0
    assert report.decisions_per_s == 50.0
    assert report.calibration.unsteady == [1]


def test_the_file_fits_its_schema_and_is_read_again(
    exploration: Exploration, tmp_path: Path
) -> None:
    report = make_report(exploration, tmp_path)
    report.save(tmp_path / "report.json")
    data = json.loads((tmp_path / "report.json").read_text())
    Draft202012Validator(json.loads(FILE.read_text())).validate(data)
    assert ExplorationReport.load(tmp_path / "report.json") == report
    assert FILE.read_text() == as_text(), "python -m rl_training.exploration.report_schema"


def test_known_findings_are_not_new(exploration: Exploration, tmp_path: Path) -> None:
    report = make_report(exploration, tmp_path)
    report.save(tmp_path / "report.json")
    assert len(report.new) == 2
    again = make_report(exploration, tmp_path, read_known(tmp_path / "report.json"))
    assert again.new == []
    assert len(again.findings) == 2
    (tmp_path / "known.txt").write_text("# accepted\nstuck  # the corner\n\n")
    one = make_report(exploration, tmp_path, read_known(tmp_path / "known.txt"))
    assert [row.kind for row in one.new] == ["tunnelling"]
    (tmp_path / "list.json").write_text(json.dumps(["tunnelling", {"id": report.findings[0].id}]))
    assert "tunnelling" in read_known(tmp_path / "list.json")


def test_a_list_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.json cannot be read"):
        read_known(tmp_path / "nothing.json")
    (tmp_path / "bad.json").write_text('{"format": 1}')
    with pytest.raises(UsageError, match="neither a report of `explore` nor a list of ids"):
        read_known(tmp_path / "bad.json")


def test_the_page_shows_findings_commands_and_coverage(
    exploration: Exploration, tmp_path: Path
) -> None:
    report = make_report(exploration, tmp_path)
    blocks = page(report, ["--scenario", "custom", "--project_path", "my game"])
    save_markdown(blocks, tmp_path / "report.md")
    save_html(blocks, tmp_path / "report.html")
    text = (tmp_path / "report.md").read_text()
    assert "1 episodes" not in text
    assert "1 decisions" not in text
    assert "2 new findings: stuck, tunnelling." in text
    assert f"spacetime-rl replay replays/{report.findings[0].id}.replay --project_path" in text
    assert "it was noise" in text
    assert "9 of 9 returns to a state were exact" in text
    assert (tmp_path / "report_images" / "coverage.png").stat().st_size > 1000
    assert (tmp_path / "report_images" / "cells.png").stat().st_size > 1000
    lines = summary(report)
    assert "found: 2 new, 0 known, 1 not confirmed" in lines
    assert "returns to states: 9 of 9 exact" in lines


def test_a_page_without_findings_says_so(exploration: Exploration, tmp_path: Path) -> None:
    exploration.book.findings.clear()
    report = make_report(exploration, tmp_path)
    save_markdown(page(report), tmp_path / "report.md")
    assert "Nothing new was found." in (tmp_path / "report.md").read_text()


def test_cells_of_observations_take_what_changes_slowly() -> None:
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=(200, 1)), axis=0)
    noise = rng.normal(size=(200, 4))
    constant = np.ones((200, 1))
    whole = np.concatenate([noise, constant, walk], axis=1).astype(np.float32)
    cells = observation_cells([whole], np.array([True] * 5 + [True]))
    assert cells.elements[0] == 5
    assert 4 not in cells.elements, "it never changes"
    unsteady = observation_cells([whole], np.array([True] * 5 + [False]))
    assert 5 not in unsteady.elements, "it does not repeat"


def test_models_are_policies_in_turn_or_one_of_groups() -> None:
    alone = read_policies(["a.zip", "b.onnx"])
    assert [str(each) for each in alone] == ["a.zip", "b.onnx"]
    (together,) = read_policies(["chaser=a.onnx", "runner=game"])
    assert together.model_of("runner") is None
