"""List the scenarios that are found, with their scenes and baselines."""

from __future__ import annotations

import json

from rl_training.commands import flags
from rl_training.commands.parser import Parser
from rl_training.project_files import our_project
from rl_training.scenarios import Scenario, get_scenario, scenario_names

_BASELINES = "baselines"


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, print the scenarios that have a scene of their own."""
    parser = Parser(__doc__ or "")
    parser.add_argument("--names", action="store_true", help="print their names, one a line")
    parser.add_argument("--matrix", action="store_true", help="print their names as one JSON list")
    flags.add(parser, "json")
    given = parser.parse_args(argv)
    found = [get_scenario(name) for name in scenario_names()]
    own = [scenario for scenario in found if scenario.scene_path is not None]
    if given.matrix:
        print(json.dumps([scenario.name for scenario in own]))
    elif given.names:
        print("\n".join(scenario.name for scenario in own))
    else:
        rows = [_about(scenario) for scenario in own]
        flags.emit(given.json, {"scenarios": rows}, _as_text(rows))
    return 0


def _about(scenario: Scenario) -> dict[str, object]:
    path = f"{_BASELINES}/{scenario.name}_baseline.json"
    return {
        "name": scenario.name,
        "scene": scenario.scene_path,
        "baseline": path if (our_project() / path).is_file() else "",
        "planted_bugs": dict(scenario.planted_bugs),
    }


def _as_text(rows: list[dict[str, object]]) -> str:
    width = max((len(str(row["name"])) for row in rows), default=0)
    lines = []
    for row in rows:
        baseline = "  baseline" if row["baseline"] else ""
        lines.append(f"{row['name']!s:{width}}  {row['scene']}{baseline}")
    return "\n".join(lines)
