"""The REST interface; what each path takes and gives is in openapi.json.

Called by `server`. Whoever comes here has passed the guard. A client's mistake gets a 4xx and one
line; no answer holds a secret.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import orjson
import psutil
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from rl_training.dashboard import files
from rl_training.dashboard.hub import Hub
from rl_training.dashboard.index import NoSuchRunError
from rl_training.dashboard.messages import OfRun, Parameters, Start, problem_of
from rl_training.dashboard.prometheus import exposition
from rl_training.dashboard.starts import BusyError, TooManyError
from rl_training.dashboard.store import MOST_POINTS
from rl_training.errors import HarnessError
from rl_training.redaction import without_secrets
from rl_training.runs.listing import run_details
from rl_training.runs.metrics import last_metrics
from rl_training.runs.provenance import harness_version

MOST_BODY_BYTES = 64 << 10
_BODY_S = 10.0
_MOST_SLICES = 200

M = TypeVar("M", bound=BaseModel)
Handler = Callable[[Request], Awaitable[Response]]


class BadRequestError(HarnessError):
    """What a client sent cannot be used."""


class Rest:
    """Answers requests.

    Args:
        hub: what is known of the root.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        """Return the paths and what answers them."""
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/health", self.health),
            ("GET", "/metrics", self.metrics),
            ("GET", "/options", self.options),
            ("GET", "/runs", self.runs),
            ("GET", "/runs/{id}", self.run),
            ("GET", "/runs/{id}/series", self.series),
            ("GET", "/runs/{id}/log", self.log),
            ("GET", "/runs/{id}/failures", self.failures),
            ("GET", "/runs/{id}/films/{name}", self.film),
            ("GET", "/runs/{id}/differences", self.differences),
            ("POST", "/runs/{id}/parameters", self.parameters),
            ("POST", "/control/start", self.start),
            ("POST", "/control/stop", self._order("stop")),
            ("POST", "/control/save", self._order("save")),
            ("POST", "/control/pause", self._order("pause")),
            ("POST", "/control/resume", self._order("resume")),
            ("POST", "/control/dismiss", self.dismiss),
        ]
        return [
            Route(path, _explained(handler), methods=[method]) for method, path, handler in table
        ]

    async def health(self, _request: Request) -> Response:
        """Say that the server lives."""
        return _json({"status": "ok", "version": harness_version()})

    async def metrics(self, _request: Request) -> Response:
        """Give the runs in Prometheus's text format."""
        text = await asyncio.to_thread(self._exposition)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")

    async def options(self, _request: Request) -> Response:
        """List what can be started."""
        return _json(await asyncio.to_thread(_options))

    async def runs(self, _request: Request) -> Response:
        """List all runs."""
        rows = await asyncio.to_thread(self._hub.rows)
        return _json({"root": str(self._hub.index.root), "runs": rows})

    async def run(self, request: Request) -> Response:
        """Tell all that is known of one run."""
        paths = self._hub.index.paths(request.path_params["id"])
        details = await asyncio.to_thread(run_details, paths)
        reading = await self._hub.store.read(paths.metrics, 1)
        tags = await self._hub.store.tags(paths.metrics)
        status = None if details.status is None else asdict(details.status)
        return _json(
            {
                "run": await asyncio.to_thread(self._hub.index.row, paths.experiment),
                "status": status,
                "artefacts": [asdict(each) for each in details.artefacts],
                "settings": without_secrets(details.settings),
                "metrics": details.metrics,
                "tags": list(tags or details.metrics),
                "size": reading.size,
                "logs": str(paths.logs),
            }
        )

    async def series(self, request: Request) -> Response:
        """Give curves from a byte on, or between two timesteps."""
        query = request.query_params
        paths = self._hub.index.paths(request.path_params["id"])
        points = _whole(query.get("points"), "points", 2000, 4, MOST_POINTS)
        tags = query["tags"].split(",")[:200] if query.get("tags") else None
        reading = await self._hub.store.read(paths.metrics, _MOST_SLICES)
        if "start" in query or "end" in query:
            low = _number(query.get("start"), "start", float("-inf"))
            high = _number(query.get("end"), "end", float("inf"))
            answer = await self._hub.store.window(paths.metrics, low, high, tags, points)
        else:
            offset = _whole(query.get("from"), "from", 0, 0, 2**53)
            answer = await self._hub.store.since(
                paths.metrics, offset, query.get("generation", ""), tags, points
            )
        return _json({"run": paths.experiment, "complete": reading.is_whole, **answer.as_json()})

    async def log(self, request: Request) -> Response:
        """Give the log's end, or what came behind a byte."""
        paths = self._hub.index.paths(request.path_params["id"])
        offset = _whole(request.query_params.get("from"), "from", -1, -1, 2**53)
        return _json(await asyncio.to_thread(files.read_log, paths, offset, self._hub.secrets))

    async def failures(self, request: Request) -> Response:
        """List recorded failed episodes."""
        paths = self._hub.index.paths(request.path_params["id"])
        words = await asyncio.to_thread(_game_words, paths)
        found = await asyncio.to_thread(files.failures, paths, words)
        return _json({"run": paths.experiment, "failures": found})

    async def film(self, request: Request) -> Response:
        """Give the film of a failed episode."""
        paths = self._hub.index.paths(request.path_params["id"])
        found = files.film(paths, request.path_params["name"])
        if found is None:
            return _problem(404, "no such film")
        return FileResponse(found, media_type=files.FILMS[found.suffix])

    async def differences(self, request: Request) -> Response:
        """Tell which settings differ from another run's."""
        one = self._hub.index.paths(request.path_params["id"])
        other = self._hub.index.paths(request.query_params.get("with", ""))
        found = await asyncio.to_thread(_differences, one, other)
        return _json({"runs": [one.experiment, other.experiment], "settings": found})

    async def start(self, request: Request) -> Response:
        """Start a training."""
        wanted = await _body(request, Start)
        return _json(await asyncio.to_thread(self._hub.controls.start, wanted), 202)

    async def parameters(self, request: Request) -> Response:
        """Change parameters of a living run."""
        wanted = await _body(request, Parameters)
        name = request.path_params["id"]
        return _ordered(
            await self._hub.controls.order(name, "set", dict(wanted.values), wanted.wait_s)
        )

    async def dismiss(self, request: Request) -> Response:
        """Leave a start that failed out of the list."""
        wanted = await _body(request, OfRun)
        started = self._hub.starter.found(wanted.run)
        if started is None or started.is_alive:
            raise NoSuchRunError(f"no start of {wanted.run!r} that failed")
        self._hub.starter.forget(wanted.run)
        return _json({"run": wanted.run, "state": "done", "order": "", "result": "left out"})

    def _order(self, command: str) -> Handler:
        async def handler(request: Request) -> Response:
            wanted = await _body(request, OfRun)
            return _ordered(
                await self._hub.controls.order(wanted.run, command, None, wanted.wait_s)
            )

        return handler

    def _exposition(self) -> str:
        process = psutil.Process()
        times = process.cpu_times()
        figures = {
            "cpu_seconds": times.user + times.system,
            "resident_bytes": float(process.memory_info().rss),
            "series_bytes": float(self._hub.store.bytes),
            "sockets": float(self._hub.sockets),
        }
        paths = self._hub.index.paths
        return exposition(
            self._hub.index.rows(), lambda run: last_metrics(paths(run).metrics), figures
        )


def _explained(handler: Handler) -> Handler:
    """Return a handler whose errors are answers."""

    async def answering(request: Request) -> Response:
        try:
            return await handler(request)
        except NoSuchRunError as error:
            return _problem(404, str(error))
        except BusyError as error:
            return _problem(409, str(error))
        except TooManyError as error:
            return _problem(429, str(error))
        except BadRequestError as error:
            return _problem(422, str(error))
        except HarnessError as error:
            # The run does not live any more, or refuses: it is the state that conflicts.
            return _problem(409, str(error))

    return answering


async def _body(request: Request, kind: type[M]) -> M:
    """Read a request's body as one of the messages.

    Raises:
        BadRequestError: it is too long, comes too slowly, or is not what was expected.
    """
    try:
        data = await asyncio.wait_for(_bytes(request), _BODY_S)
        return kind.model_validate_json(data)
    except asyncio.TimeoutError:
        raise BadRequestError(f"the body did not come within {_BODY_S:.0f} s") from None
    except ClientDisconnect:
        raise BadRequestError("the client went away") from None
    except ValidationError as error:
        raise BadRequestError(problem_of(list(error.errors()))) from None


async def _bytes(request: Request) -> bytes:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_BODY_BYTES:
            raise BadRequestError(f"the body is longer than {MOST_BODY_BYTES} bytes")
    return data


def _whole(text: str | None, name: str, default: int, low: int, high: int) -> int:
    if text is None:
        return default
    if not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise BadRequestError(f"{name} must be a whole number; found {text[:40]!r}")
    if len(text) > 20 or not low <= int(text) <= high:
        raise BadRequestError(f"{name} must be from {low} to {high}; found {text[:40]!r}")
    return int(text)


def _number(text: str | None, name: str, default: float) -> float:
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        raise BadRequestError(f"{name} must be a number; found {text[:40]!r}") from None
    if value != value:
        raise BadRequestError(f"{name} must be a number; found {text[:40]!r}")
    return value


def _ordered(answer: dict[str, Any]) -> Response:
    codes = {"done": 200, "sent": 202, "refused": 409}
    return _json(answer, codes[answer["state"]])


def _options() -> dict[str, Any]:
    from rl_training.config.presets import preset_lines, preset_names
    from rl_training.scenarios import get_scenario, scenario_names

    found = [get_scenario(name) for name in scenario_names()]
    about = dict(zip(preset_names(), (line.strip() for line in preset_lines()), strict=True))
    return {
        "scenarios": [each.name for each in found if each.scene_path is not None],
        "presets": [
            {"name": name, "about": line.removeprefix(name).strip()} for name, line in about.items()
        ],
    }


def _game_words(paths: Any) -> list[str]:
    from rl_training.runs.listing import read_settings

    game = read_settings(paths).get("environment")
    words: list[str] = []
    for name in ("env_path", "project_path"):
        value = game.get(name) if isinstance(game, dict) else None
        if isinstance(value, str) and value:
            words += [f"--{name}", value]
    return words


def _differences(one: Any, other: Any) -> dict[str, dict[str, Any]]:
    from rl_training.runs.listing import read_settings
    from rl_training.runs.settings_diff import settings_that_differ

    settings = {each.experiment: without_secrets(read_settings(each)) for each in (one, other)}
    return settings_that_differ(settings)


def _json(data: Any, status: int = 200) -> Response:
    option = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return Response(
        orjson.dumps(data, default=_plain, option=option), status, media_type="application/json"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _problem(status: int, why: str) -> Response:
    return _json({"error": why}, status)
