"""Reads the README.md of a scene and its scripts, for the tests that both say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_SCENES = Path(__file__).parents[3] / "scenes"


class ObservationRow(NamedTuple):
    """A row of an observation's table: the indices and the names in its second cell."""

    indices: range
    names: list[str]


class ScenePage:
    """The page of a scene.

    Attributes:
        scene: its folder.
        text: of the page.
    """

    def __init__(self, name: str) -> None:
        self.scene = _SCENES / name
        self.text = (self.scene / "README.md").read_text("utf-8")

    def script(self, name: str) -> str:
        """Return the source of a script in the scene's folder."""
        return (self.scene / f"{name}.gd").read_text("utf-8")

    def weights(self, script: str) -> dict[str, float]:
        """Return the reward weights that a script sets, in its order."""
        found = re.findall(r'&"(\w+)": (-?[\d.]+)', self.script(script))
        return {name: float(value) for name, value in found}

    def names(self, script: str) -> list[str]:
        """Return the strings of the first array that a script lists line by line."""
        return re.findall(r'"([^"]+)"', self.script(script).split("[\n", 1)[1].split("]", 1)[0])

    def section(self, heading: str) -> str:
        """Return what stands below a heading of the second level."""
        return self.text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]

    def table(self, heading: str) -> dict[str, list[str]]:
        """Return the rows below a heading: each name of the first cell to the other cells."""
        rows: dict[str, list[str]] = {}
        for line in self.section(heading).splitlines():
            if line.startswith("| `"):
                cells = _cells(line)
                rows |= dict.fromkeys(_names(cells[0]), cells[1:])
        return rows

    def observation(self) -> list[ObservationRow]:
        """Return the rows of the section "Observation" in their order."""
        rows = []
        for line in self.section("Observation").splitlines():
            if re.match(r"\| \d", line):
                cells = _cells(line)
                ends = [int(end) for end in cells[0].split("-")]
                rows.append(ObservationRow(range(ends[0], ends[-1] + 1), _names(cells[1])))
        return rows


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)
