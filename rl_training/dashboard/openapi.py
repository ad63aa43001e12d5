"""The OpenAPI 3.1 document of the REST interface, made of the messages' types.

`python -m rl_training.dashboard.openapi` writes openapi.json, which the server gives; a test holds
the two equal. Nothing calls it while the server runs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from rl_training.dashboard.messages import MOST_STEPS, OfRun, Parameters, Start
from rl_training.dashboard.store import MOST_POINTS

FILE = Path(__file__).with_name("openapi.json")
_REF = "#/components/schemas/{model}"
_NUMBERS = {"type": "array", "items": {"type": ["number", "null"]}}
_TEXT = {"type": "string"}
_NULLABLE = {"type": ["number", "null"]}
_OBJECT = {"type": "object"}


def document() -> dict[str, Any]:
    """Return the document."""
    _, models = models_json_schema(
        [(model, "validation") for model in (Start, OfRun, Parameters)], ref_template=_REF
    )
    schemas = {**models["$defs"], **_answers()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SpaceTime RL dashboard",
            "version": "1",
            "description": "Runs of a root: read, followed and steered. See docs/dashboard.md.",
        },
        "servers": [{"url": "http://127.0.0.1:5000"}],
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _answers() -> dict[str, Any]:
    run = _object(
        {
            "name": _TEXT, "stage": _TEXT, "algorithm": _TEXT, "scenario": _TEXT,
            "timesteps": {"type": "integer"}, "total": {"type": "integer"},
            "mean_reward": _NULLABLE, "success_rate": _NULLABLE, "rate": _NULLABLE,
            "eta_s": _NULLABLE, "best": _NULLABLE, "policies": _OBJECT, "curriculum": _OBJECT,
            "written": {"type": "number", "description": "Unix seconds of the last write"},
        },
        optional={"message": _TEXT},
    )  # fmt: skip
    failure = _object(
        {
            "name": _TEXT, "written": {"type": "number"}, "bytes": {"type": "integer"},
            "episode": {"type": ["integer", "null"]}, "seed": {"type": ["integer", "null"]},
            "command": _TEXT, "film": {"type": ["string", "null"]}, "film_command": _TEXT,
        }
    )  # fmt: skip
    state = {"enum": ["starting", "done", "sent", "refused"]}
    return {
        "Error": _object({"error": _TEXT}),
        "Health": _object({"status": {"const": "ok"}, "version": _TEXT}),
        "Options": _object(
            {
                "scenarios": {"type": "array", "items": _TEXT},
                "presets": {"type": "array", "items": _object({"name": _TEXT, "about": _TEXT})},
            }
        ),
        "Run": run,
        "Runs": _object({"root": _TEXT, "runs": {"type": "array", "items": _ref("Run")}}),
        "Details": _object(
            {
                "run": _ref("Run"), "status": {"type": ["object", "null"]},
                "artefacts": {"type": "array", "items": _OBJECT}, "settings": _OBJECT,
                "metrics": _OBJECT, "tags": {"type": "array", "items": _TEXT},
                "size": {"type": "integer"}, "logs": _TEXT,
            }
        ),
        "Series": _object(
            {
                "run": _TEXT,
                "complete": {"type": "boolean", "description": "all of the file was read"},
                "generation": {**_TEXT, "description": "names the file; give it back"},
                "next": {"type": "integer", "description": "the byte to go on from"},
                "size": {"type": "integer"}, "rows": {"type": "integer"},
                "damaged": {"type": "integer", "description": "lines that could not be read"},
                "reset": {"type": "boolean", "description": "the run began anew: so does this"},
                "series": {
                    "type": "object",
                    "description": "tag to [timesteps, values]",
                    "additionalProperties": {
                        "type": "array", "items": _NUMBERS, "minItems": 2, "maxItems": 2,
                    },
                },
            }
        ),
        "Log": _object(
            {"text": _TEXT, "from": {"type": "integer"}, "next": {"type": "integer"},
             "size": {"type": "integer"}}
        ),
        "Failures": _object({"run": _TEXT, "failures": {"type": "array", "items": failure}}),
        "Differences": _object({"runs": {"type": "array", "items": _TEXT}, "settings": _OBJECT}),
        "Result": _object(
            {"run": _TEXT, "state": state, "result": _TEXT},
            optional={"order": _TEXT, "pid": {"type": "integer"}},
        ),
    }  # fmt: skip


def _paths() -> dict[str, Any]:
    run = [_parameter("id", "path", {**_TEXT, "minLength": 1}, "name of a run", required=True)]
    byte = {"type": "integer", "minimum": 0, "maximum": MOST_STEPS}
    series = [
        _parameter("from", "query", byte, "first byte, as `next` of the last answer gave it"),
        _parameter("generation", "query", _TEXT, "as the last answer gave it"),
        _parameter("tags", "query", _TEXT, 'with commas; "reward/*" fits many; all if absent'),
        _parameter(
            "points", "query", {"type": "integer", "minimum": 4, "maximum": MOST_POINTS},
            "of each curve at most; the extremes of every stretch are kept",
        ),
        _parameter("start", "query", {"type": "number"}, "first timestep, instead of `from`"),
        _parameter("end", "query", {"type": "number"}, "last timestep"),
    ]  # fmt: skip
    film = [_parameter("name", "path", {**_TEXT, "minLength": 1}, "of the film", required=True)]
    other = [_parameter("with", "query", {**_TEXT, "minLength": 1}, "the other run", required=True)]
    tail = [_parameter("from", "query", {**byte, "minimum": -1}, "first byte; -1: the end")]
    paths: dict[str, Any] = {
        "/health": {"get": _operation("The server lives", "Health", security=[])},
        "/metrics": {"get": _operation("All runs, for Prometheus", None, media="text/plain")},
        "/options": {"get": _operation("What can be started", "Options")},
        "/runs": {"get": _operation("All runs", "Runs")},
        "/runs/{id}": {"get": _operation("One run", "Details", run, errors=(404,))},
        "/runs/{id}/series": {
            "get": _operation("Curves", "Series", [*run, *series], errors=(404, 422))
        },
        "/runs/{id}/log": {"get": _operation("The log", "Log", [*run, *tail], errors=(404, 422))},
        "/runs/{id}/failures": {
            "get": _operation("Recorded failed episodes", "Failures", run, errors=(404,))
        },
        "/runs/{id}/films/{name}": {
            "get": _operation("A film", None, [*run, *film], media="*/*", errors=(404,))
        },
        "/runs/{id}/differences": {
            "get": _operation("Settings that differ", "Differences", [*run, *other], errors=(404,))
        },
        "/runs/{id}/parameters": {"post": _order("Change parameters", Parameters, run)},
        "/control/start": {
            "post": _operation(
                "Start a training", "Result", body=Start, success=(202,), errors=(409, 422, 429)
            )
        },
    }
    for word, text in (
        ("stop", "Save, export and end a run"),
        ("save", "Write a checkpoint"),
        ("pause", "Pause at the end of the update"),
        ("resume", "Go on"),
        ("dismiss", "Leave a start that failed out of the list"),
    ):
        paths[f"/control/{word}"] = {"post": _order(text, OfRun, [])}
    return paths


def _order(text: str, body: type[BaseModel], parameters: list[Any]) -> dict[str, Any]:
    return _operation(
        text, "Result", parameters, body=body, success=(200, 202), errors=(404, 409, 422)
    )


def _operation(
    text: str,
    answer: str | None,
    parameters: list[Any] | None = None,
    *,
    body: type[BaseModel] | None = None,
    media: str = "application/json",
    success: tuple[int, ...] = (200,),
    errors: tuple[int, ...] = (),
    security: list[Any] | None = None,
) -> dict[str, Any]:
    schema = {"schema": _ref(answer)} if answer else {"schema": {}}
    found: dict[str, Any] = {"summary": text}
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        content = {"application/json": {"schema": _ref(body.__name__)}}
        found["requestBody"] = {"required": True, "content": content}
    if security is not None:
        found["security"] = security
    answers = {str(code): {"description": text, "content": {media: schema}} for code in success}
    refused = () if security is not None else (401,)
    for code in sorted((*refused, *errors)):
        answers[str(code)] = {
            "description": _WHY[code],
            "content": {"application/json": {"schema": _refusal(code, answer)}},
        }
    found["responses"] = answers
    return found


_WHY = {
    401: "no token, or a wrong one",
    404: "there is none",
    409: "the run does not live, lives already, or refuses",
    422: "a value cannot be used",
    429: "too many are on their way",
}


def _refusal(code: int, answer: str | None) -> dict[str, Any]:
    # A run that refuses an order says so in the order's result.
    both = code == 409 and answer == "Result"
    return {"anyOf": [_ref("Error"), _ref("Result")]} if both else _ref("Error")


def _parameter(
    name: str, where: str, schema: dict[str, Any], text: str, *, required: bool = False
) -> dict[str, Any]:
    return {
        "name": name, "in": where, "required": required, "schema": schema, "description": text,
    }  # fmt: skip


def _object(properties: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": {**properties, **(optional or {})},
        "additionalProperties": False,
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def text() -> str:
    """Return the document as it is committed."""
    return json.dumps(document(), indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
