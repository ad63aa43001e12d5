"""The WebSocket: a page says what it wants to see and is told what is new, and nothing twice.

Called by `server`. The first message shows the token. Each socket is served at its own pace: what a
slow page has not taken yet is not sent, and comes with the next update, decimated. Events:
`training_status`, `metrics_update`, `config_updated`, `log_update`, `view_update`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from rl_training.dashboard import files
from rl_training.dashboard.guard import same_token
from rl_training.dashboard.hub import Hub
from rl_training.dashboard.index import NoSuchRunError
from rl_training.dashboard.live import LiveView
from rl_training.dashboard.messages import Auth, Follow, Subscribe, problem_of
from rl_training.runs.control import LOOK_S

MOST_SOCKETS = 64
"""Pages that are served at once."""
TICK_S = 0.5
"""Seconds between two looks at the files."""
VIEW_TICK_S = 0.1
_AUTH_S = 5.0
_ROWS_S = 1.0
_MOMENT_S = 0.05
_CLOSE_BUSY, _CLOSE_AUTH, _CLOSE_BAD = 4429, 4401, 4400


@dataclass
class _Curves:
    """Curves that a page follows, and how far it has them."""

    wanted: Follow
    offset: int
    generation: str
    told: int = -1


@dataclass
class _Wishes:
    """What a page wants to be told."""

    seq: int = 0
    curves: list[_Curves] = field(default_factory=list)
    log_run: str = ""
    log_offset: int = -1
    view: LiveView | None = None
    tags: dict[str, int] = field(default_factory=dict)


class Stream:
    """Serves sockets.

    Args:
        hub: what is known of the root.
        token: that the first message must show.
    """

    def __init__(self, hub: Hub, token: str) -> None:
        self._hub = hub
        self._token = token

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket until it is closed."""
        if self._hub.sockets >= MOST_SOCKETS:
            await socket.close(_CLOSE_BUSY, "too many pages are open")
            return
        self._hub.sockets += 1
        try:
            await socket.accept()
            if await self._is_ours(socket):
                await _Page(self._hub, socket).serve()
            else:
                await socket.close(_CLOSE_AUTH, "the first message must show the token")
        except (WebSocketDisconnect, RuntimeError):
            pass  # the page is gone, maybe in the middle of a message
        finally:
            self._hub.sockets -= 1

    async def _is_ours(self, socket: WebSocket) -> bool:
        try:
            text = await asyncio.wait_for(_text(socket), _AUTH_S)
            return same_token(Auth.model_validate_json(text).token, self._token)
        except (asyncio.TimeoutError, ValidationError):
            return False


class _Page:
    """One page."""

    def __init__(self, hub: Hub, socket: WebSocket) -> None:
        self._hub = hub
        self._socket = socket
        self._wishes = _Wishes()
        self._woken = asyncio.Event()
        self._rows: dict[str, dict[str, Any]] = {}
        self._configs: dict[str, tuple[int, str]] = {}

    async def serve(self) -> None:
        await self._send({"type": "hello", "root": str(self._hub.index.root)})
        jobs = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._tell_runs()),
            asyncio.create_task(self._tell_files()),
            asyncio.create_task(self._tell_views()),
        ]
        try:
            done, _ = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            for job in done:
                job.result()
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            text = await _text(self._socket)
            try:
                wanted = Subscribe.model_validate_json(text)
            except ValidationError as error:
                await self._socket.close(_CLOSE_BAD, problem_of(list(error.errors()))[:120])
                return
            wishes = _Wishes(
                wanted.seq,
                [_Curves(each, each.offset, each.generation) for each in wanted.follow],
            )
            if wanted.log is not None:
                wishes.log_run, wishes.log_offset = wanted.log.run, wanted.log.offset
            if wanted.view is not None:
                with contextlib.suppress(NoSuchRunError):
                    paths = self._hub.index.paths(wanted.view.run)
                    wishes.view = LiveView(paths, wanted.view.arenas)
            self._wishes = wishes
            self._woken.set()

    async def _tell_runs(self) -> None:
        while True:
            rows = {row["name"]: row for row in await asyncio.to_thread(self._hub.rows)}
            changed = [row for name, row in rows.items() if self._rows.get(name) != row]
            gone = [name for name in self._rows if name not in rows]
            if changed or gone or not self._rows:
                await self._send({"type": "training_status", "runs": changed, "gone": gone})
            self._rows = rows
            await self._tell_configs(rows)
            await asyncio.sleep(_ROWS_S)

    async def _tell_configs(self, rows: dict[str, dict[str, Any]]) -> None:
        found = await asyncio.to_thread(self._look_at_configs, list(rows))
        for name, (_, told) in found.items():
            before = self._configs.get(name)
            if before is not None and before != found[name]:
                await self._send({"type": "config_updated", "run": name, "change": told})
        self._configs = found

    def _look_at_configs(self, names: list[str]) -> dict[str, tuple[int, str]]:
        found = {}
        for name in names:
            with contextlib.suppress(NoSuchRunError, OSError):
                found[name] = self._hub.config_mark(name)
        return found

    async def _tell_files(self) -> None:
        while True:
            wishes = self._wishes
            whole = True
            at = 0
            while at < len(wishes.curves) and wishes is self._wishes:
                messages, at, read = await self._hub.store.call(self._news, wishes, at)
                whole &= read
                for message in messages:
                    await self._socket.send_text(message)
            if wishes.log_run:
                await self._tell_log(wishes)
            if wishes is self._wishes and whole:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), TICK_S)
                self._woken.clear()

    def _news(self, wishes: _Wishes, at: int) -> tuple[list[str], int, bool]:
        """Return what is new of some curves; in the reading thread, for no longer than a moment.

        Args:
            wishes: of the page.
            at: number of the first of its curves.

        Returns:
            Messages, the number of the next curves, and whether these files are read to their ends.
        """
        until, messages, whole = time.monotonic() + _MOMENT_S, [], True
        while at < len(wishes.curves):
            message, read = self._news_of(wishes, at)
            whole &= read
            at += 1
            if message is not None:
                messages.append(_encoded(message))
            if time.monotonic() > until:
                break
        return messages, at, whole

    def _news_of(self, wishes: _Wishes, at: int) -> tuple[dict[str, Any] | None, bool]:
        curves = wishes.curves[at]
        wanted, store = curves.wanted, self._hub.store
        about = {"type": "metrics_update", "run": wanted.run, "seq": wishes.seq, "entry": at}
        try:
            path = self._hub.index.known(wanted.run).metrics
        except NoSuchRunError:
            return None, True
        reading = store.advance(path)
        if not reading.is_whole:
            return {**about, "progress": round(reading.offset / max(1, reading.size), 4)}, False
        if (reading.offset, reading.generation) == (curves.told, curves.generation):
            return None, True
        answer = store.since_now(path, curves.offset, curves.generation, wanted.tags, wanted.points)
        curves.offset = curves.told = answer.reading.offset
        curves.generation = answer.reading.generation
        message = {**about, **answer.as_json()}
        tags = store.tags_now(path)
        if wishes.tags.get(wanted.run) != len(tags):
            wishes.tags[wanted.run] = len(tags)
            message["tags"] = list(tags)
        return message, True

    async def _tell_log(self, wishes: _Wishes) -> None:
        try:
            paths = self._hub.index.known(wishes.log_run)
        except NoSuchRunError:
            return
        is_first = wishes.log_offset < 0
        found = await asyncio.to_thread(files.read_log, paths, wishes.log_offset, self._hub.secrets)
        wishes.log_offset = found["next"]
        if found["text"] or is_first:
            await self._send({"type": "log_update", "run": wishes.log_run, **found})

    async def _tell_views(self) -> None:
        while True:
            view = self._wishes.view
            frames = None if view is None else await asyncio.to_thread(view.look)
            if view is not None and frames is not None:
                await self._send({"type": "view_update", "run": view.run, **frames})
            await asyncio.sleep(VIEW_TICK_S if view is not None else LOOK_S)

    async def _send(self, message: dict[str, Any]) -> None:
        await self._socket.send_text(_encoded(message))


def _encoded(message: dict[str, Any]) -> str:
    return orjson.dumps(message, option=orjson.OPT_SERIALIZE_NUMPY).decode()


async def _text(socket: WebSocket) -> str:
    """Return the next message; one of bytes counts as text."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1000))
    return message.get("text") or (message.get("bytes") or b"").decode(errors="replace")
