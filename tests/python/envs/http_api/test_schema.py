"""schemathesis sends what openapi.json allows and what it forbids to the live engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rl_training.envs.http_api import LaunchedEngine
from tests.python.envs.http_api.conftest import TOKEN

schemathesis = pytest.importorskip("schemathesis")
from hypothesis import HealthCheck, Phase, settings  # noqa: E402
from schemathesis.specs.openapi.checks import positive_data_acceptance  # noqa: E402

pytestmark = pytest.mark.engine

DOCUMENT = Path("addons/godot_rl/http/api/openapi.json")


def test_the_served_file_is_the_committed_one(engine: LaunchedEngine, repository: Path) -> None:
    assert engine.api.ask("GET", "/openapi.json") == json.loads(
        (repository / DOCUMENT).read_text("utf-8")
    )


schema = schemathesis.openapi.from_path(Path(__file__).parents[4] / DOCUMENT)


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(
    max_examples=25, deadline=None, derandomize=True, database=None,
    phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_the_engine_keeps_to_its_file(engine: LaunchedEngine, case: Any) -> None:
    # Whether an action or an arena fits is up to the scene; no file can tell.
    of_scene = case.path in ("/rl/action", "/parameters")
    response = case.call_and_validate(
        base_url=engine.api.url,
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=60,
        excluded_checks=[positive_data_acceptance] if of_scene else [],
    )
    assert response.status_code < 500
