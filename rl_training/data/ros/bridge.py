"""Live ROS topics, through rosbridge's websocket protocol: ROS itself is not needed here.

`ROSDataCollector` subscribes to the topics of a configuration and turns what comes into
trajectories. Protocol: github.com/RobotWebTools/rosbridge_suite, ROSBRIDGE_PROTOCOL.md, version
2.1: JSON objects with `op`. Fragments are put together; compressed messages are not asked for.
Needs the package `websockets` of the extra `data`.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from typing_extensions import Self

from rl_training.data.extras import require
from rl_training.data.ros.streams import Streams
from rl_training.data.ros.topics import Topics, topics_of
from rl_training.data.trajectory import Trajectory
from rl_training.errors import DataError, UsageError

DEFAULT_URL = "ws://127.0.0.1:9090"
_WHAT = "live ROS"
_LARGEST_MESSAGE = 64 << 20
_CLOSE_S = 2.0


class ROSDataCollector:
    """Records topics of a running robot or simulation.

    Args:
        topics: a `Topics`, or the same as plain values (docs/data.md).
        url: of the rosbridge server.
        timeout_s: longest wait for the server's answer to the connection, s.

    Use `start_recording`, then `stop_recording`; or a `with` block, which stops and drops.
    """

    def __init__(
        self,
        topics: Topics | Mapping[str, Any],
        url: str = DEFAULT_URL,
        *,
        timeout_s: float = 10.0,
    ) -> None:
        self._topics = topics if isinstance(topics, Topics) else topics_of(topics)
        self._url = url
        self._timeout_s = timeout_s
        self._socket: Any = None
        self._open = contextlib.ExitStack()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._streams = Streams(self._topics)
        self._told: list[str] = []
        self._lost = ""
        self._fragments: dict[str, dict[int, str]] = {}
        self._stopping = False

    @property
    def messages(self) -> int:
        """Values that were taken until now."""
        return self._streams.messages

    @property
    def problems(self) -> list[str]:
        """What could not be used, and what the server complained of, a line each."""
        with self._lock:
            lost = [self._lost] if self._lost else []
            return [*lost, *self._told, *self._streams.problems]

    def start_recording(self) -> None:
        """Connect and subscribe; messages are taken from now on.

        Raises:
            UsageError: it records already, or the package is missing.
            DataError: there is no server at the address.
        """
        if self._thread is not None:
            raise UsageError("recording has begun already: call stop_recording() first")
        client = require("websockets.sync.client", _WHAT)
        try:
            self._socket = self._open.enter_context(
                client.connect(self._url, open_timeout=self._timeout_s, max_size=_LARGEST_MESSAGE)
            )
        except Exception as error:
            # OSError, TimeoutError, and what a server that speaks otherwise raises.
            told = " ".join(str(error).split()) or type(error).__name__
            raise DataError(
                f"no rosbridge server at {self._url} ({told}): start rosbridge_websocket"
            ) from error
        self._streams = Streams(self._topics)
        self._told, self._lost, self._stopping = [], "", False
        kinds = {source.topic: source.type for source in self._topics.sources}
        for number, (topic, kind) in enumerate(kinds.items()):
            order = {"op": "subscribe", "id": f"spacetime_rl:{number}", "topic": topic}
            self._socket.send(json.dumps({**order, "type": kind} if kind else order))
        self._thread = threading.Thread(target=self._listen, name="rosbridge", daemon=True)
        self._thread.start()

    def stop_recording(self) -> list[Trajectory]:
        """Unsubscribe, disconnect, and return the episodes of what came.

        Raises:
            UsageError: nothing was being recorded.
            DataError: a topic brought nothing; the message says what the server told.
        """
        if self._thread is None:
            raise UsageError("nothing is being recorded: call start_recording() first")
        self._end()
        try:
            return self._streams.trajectories({"source": self._url})
        except DataError as error:
            told = [*([self._lost] if self._lost else []), *self._told][:1]
            raise DataError("; ".join([str(error), *told])) from None

    def close(self) -> None:
        """Disconnect and drop what came; may be called twice."""
        if self._thread is not None:
            self._end()

    def __enter__(self) -> Self:
        """Return the collector."""
        return self

    def __exit__(self, *_exception: object) -> None:
        """Disconnect."""
        self.close()

    def _end(self) -> None:
        self._stopping = True
        thread, self._thread = self._thread, None
        assert thread is not None, "start_recording sets it"
        try:
            for number, topic in enumerate(self._topics.names):
                order = {"op": "unsubscribe", "id": f"spacetime_rl:{number}", "topic": topic}
                self._socket.send(json.dumps(order))
        except Exception as error:
            # The connection is gone: what came before is kept.
            self._lost = self._lost or f"{self._url}: {error}"
        self._open.close()
        thread.join(_CLOSE_S)

    def _listen(self) -> None:
        try:
            for text in self._socket:
                self._take(text, time.time())
            if not self._stopping:
                self._lost = f"{self._url}: the server closed the connection; what came is kept"
        except Exception as error:
            if not self._stopping:
                self._lost = f"{self._url}: the connection broke ({error}); what came is kept"

    def _take(self, text: str | bytes, received: float) -> None:
        try:
            order = json.loads(text)
            kind = order["op"]
        except (ValueError, TypeError, KeyError):
            self._complain("the server sent something that is no rosbridge message")
            return
        if kind == "fragment":
            whole = self._whole(order)
            if whole is not None:
                self._take(whole, received)
        elif kind == "publish" and isinstance(order.get("msg"), Mapping):
            with self._lock:
                self._streams.add(str(order.get("topic")), order["msg"], received)
        elif kind == "status" and order.get("level") in ("error", "warning"):
            self._complain(f"the server says: {order.get('msg')}")

    def _whole(self, order: Mapping[str, Any]) -> str | None:
        """Return a message of which all fragments are there; None while some are missing."""
        try:
            number, total, name = int(order["num"]), int(order["total"]), str(order["id"])
            parts = self._fragments.setdefault(name, {})
            parts[number] = str(order["data"])
        except (KeyError, TypeError, ValueError):
            self._complain("the server sent a fragment that cannot be read")
            return None
        if len(parts) < total:
            return None
        del self._fragments[name]
        return "".join(parts[each] for each in sorted(parts))

    def _complain(self, line: str) -> None:
        with self._lock:
            if line not in self._told:
                self._told.append(line)
