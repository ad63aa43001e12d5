"""A Ray cluster of one node, on this machine and its loopback address only.

Called by `connection`. `ray.init` can start one too, but it listens on all addresses, and gives up
when the node's helpers take more than 15 seconds: they tell their ports in files that are waited
for so long. Here they are given ports, and nothing is waited for.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

OBJECT_STORE_BYTES = 200 << 20
"""Shared memory of the node: a few rollouts."""

_LOOPBACK = "127.0.0.1"
_PACKAGES = str(Path(__file__).parents[3])
# Ray's own switch, which macOS and Windows have on: the node's address is the loopback one, and
# all its servers listen there alone. Variables are for the processes that Ray starts.
_SWITCH = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
_HELPERS = (
    *("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port"),
    "runtime_env_agent_port",
)


class OwnNode:
    """A running node; it ends with the block, and with this process.

    Args:
        cpus: cores that it offers to actors; at least those of the machine.

    Attributes:
        address: HOST:PORT of the cluster.
    """

    def __init__(self, cpus: float) -> None:
        from ray._private.node import Node
        from ray._private.parameter import RayParams

        cores = max(1, int(cpus + 0.999), os.cpu_count() or 1)
        params = RayParams(
            **node_arguments(cores),
            num_gpus=0,
            include_dashboard=False,
            no_monitor=True,
            min_worker_port=0,
            max_worker_port=0,
        )
        self._resources = contextlib.ExitStack()
        try:
            self._resources.enter_context(on_loopback())
            node: Any = Node(params, head=True, shutdown_at_exit=True, spawn_reaper=True)
            self._resources.callback(
                node.kill_all_processes, check_alive=False, allow_graceful=True, wait=True
            )
        except BaseException:
            self._resources.close()
            raise
        self.address: str = node.gcs_address

    def __enter__(self) -> Self:
        """Return the running node."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        self._resources.close()


def node_arguments(cores: int) -> dict[str, Any]:
    """Return Ray's parameters of a node of this machine: free ports for its helpers."""
    ports = dict(zip(_HELPERS, _free_ports(len(_HELPERS)), strict=True))
    return {
        "num_cpus": cores,
        "object_store_memory": OBJECT_STORE_BYTES,
        "include_log_monitor": False,
        "node_ip_address": _LOOPBACK,
        **ports,
    }


@contextlib.contextmanager
def on_loopback() -> Iterator[None]:
    """Let nodes that are started in the block, and whoever connects to them, stay on loopback.

    Their workers find this package, installed or not, and run at the niceness of this process, not
    at 15 more: beside other work an engine would hardly move.
    """
    from ray._private import ray_constants

    path = os.pathsep.join(filter(None, (_PACKAGES, os.environ.get("PYTHONPATH"))))
    wanted = {"PYTHONPATH": path, _SWITCH: "0", "RAY_worker_niceness": "0"}
    before = {name: os.environ.get(name) for name in wanted}
    switch = ray_constants.ENABLE_RAY_CLUSTER
    os.environ.update(wanted)
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = switch
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((_LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
