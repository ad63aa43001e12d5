"""The JSON schema of an exploration's report; the file beside this one is what it gives.

    python -m rl_training.exploration.report_schema

writes it anew; a test holds the committed file equal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rl_training.exploration.report import ExplorationReport
from rl_training.runs.atomic import write_text

FILE = Path(__file__).with_name("report.schema.json")
_ID = "https://spacetime-rl.invalid/exploration.schema.json"


def schema() -> dict[str, Any]:
    """Return the JSON schema of what `ExplorationReport.save` writes."""
    found = ExplorationReport.model_json_schema(mode="serialization")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _ID,
        **_without_titles(found),
    }


def as_text() -> str:
    """Return the schema as it stands in the file."""
    return json.dumps(schema(), indent=1) + "\n"


def _without_titles(value: Any, *, top: bool = True) -> Any:
    """Drop the titles that pydantic makes of names."""
    if isinstance(value, dict):
        return {
            name: _without_titles(each, top=False)
            for name, each in value.items()
            if top or name != "title" or not isinstance(each, str)
        }
    if isinstance(value, list):
        return [_without_titles(each, top=False) for each in value]
    return value


if __name__ == "__main__":
    write_text(FILE, as_text())
    print(f"wrote {FILE}")
