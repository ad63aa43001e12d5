"""A small server of rosbridge's websocket protocol (version 2.1), as a process of its own.

No package index has rosbridge itself, which needs a ROS installation. This one follows its
ROSBRIDGE_PROTOCOL.md: subscribe, unsubscribe, publish, status, fragments. Run as a script it prints
its port; when all topics are subscribed it publishes `rounds` rounds of messages, then a marker to
its standard output; it ends when its standard input closes.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from typing import Any

import numpy as np


def messages(number: int) -> list[tuple[str, dict[str, Any]]]:
    """Return what is published in a round: odometry, a picture, a command, at its end a flag."""
    stamp = {"secs": 100, "nsecs": 50_000_000 * number}
    picture = bytes(np.full(4 * 3 * 3, number, np.uint8))
    found: list[tuple[str, dict[str, Any]]] = [
        (
            "/odom",
            {
                "header": {"stamp": stamp, "frame_id": ""},
                "pose": {"pose": {"position": {"x": float(number), "y": 1.0, "z": 0.0}}},
                "ranges": [1.0, None] if number == 3 else [1.0, 2.0],
            },
        ),
        (
            "/camera",
            {
                "header": {"stamp": stamp, "frame_id": ""},
                "height": 4,
                "width": 3,
                "encoding": "rgb8",
                "step": 9,
                "data": base64.b64encode(picture).decode(),
            },
        ),
        (
            "/cmd",
            {
                "header": {"stamp": stamp, "frame_id": ""},
                "linear": {"x": 0.5 * number},
                "angular": {"z": -1.0},
            },
        ),
    ]
    return found


def main(rounds: int, hang_up: bool) -> None:
    """Serve one client."""
    from websockets.sync.server import ServerConnection, serve

    def handle(socket: ServerConnection) -> None:
        wanted: set[str] = set()
        for text in socket:
            order = json.loads(text)
            if order["op"] == "unsubscribe":
                wanted.discard(order["topic"])
                continue
            if order["op"] != "subscribe" or order["topic"] == "/nothing":
                told = {"op": "status", "level": "error", "msg": f"cannot {order['op']} /nothing"}
                socket.send(json.dumps({**told, "id": order.get("id")}))
                continue
            wanted.add(order["topic"])
            if wanted < {"/odom", "/camera", "/cmd"}:
                continue
            socket.send("this is no message")
            for number in range(rounds):
                for topic, message in messages(number):
                    whole = json.dumps({"op": "publish", "topic": topic, "msg": message})
                    if topic == "/camera" and number == 1:
                        for part in (1, 0):  # in the wrong order
                            data = whole[:40] if part == 0 else whole[40:]
                            socket.send(
                                json.dumps(
                                    {
                                        "op": "fragment",
                                        "id": "f1",
                                        "num": part,
                                        "total": 2,
                                        "data": data,
                                    }
                                )
                            )
                    else:
                        socket.send(whole)
                time.sleep(0.005)
            print("published", flush=True)
            if hang_up:
                return

    with serve(handle, "127.0.0.1", 0) as server:
        print(server.socket.getsockname()[1], flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), "hang_up" in sys.argv)
