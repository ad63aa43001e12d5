"""The JSON schema of a report, made from the models; the file beside this one is what it gives.

    python -m rl_training.evaluation.report_schema

writes it anew; a test holds the committed file equal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rl_training.evaluation.report import EvaluationReport
from rl_training.runs.atomic import write_text

FILE = Path(__file__).with_name("report.schema.json")
_ID = "https://spacetime-rl.invalid/report.schema.json"


def schema() -> dict[str, Any]:
    """Return the JSON schema of what `EvaluationReport.save` writes."""
    found = EvaluationReport.model_json_schema(mode="serialization", by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _ID,
        **_clean(found),
    }


def as_text() -> str:
    """Return the schema as it stands in the file."""
    return json.dumps(schema(), indent=1) + "\n"


def _clean(value: Any, top: bool = True) -> Any:
    """Drop the titles that pydantic makes of names, and all but the first line of docstrings."""
    if isinstance(value, dict):
        return {
            name: each if name == "default" else _clean(each, top=False)
            for name, each in value.items()
            if top or name != "title" or not isinstance(each, str)
        }
    if isinstance(value, list):
        return [_clean(each, top=False) for each in value]
    return value.split("\n\n")[0] if isinstance(value, str) else value


if __name__ == "__main__":
    write_text(FILE, as_text())
    print(f"wrote {FILE}")
