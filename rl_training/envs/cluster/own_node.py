"""A Ray cluster of one node, on this machine and its loopback address only.

Called by `connection`. `ray.init` can start one too, but it listens on all addresses, and gives up
when the node's helpers take more than 15 seconds: they tell their ports in files that are waited
for so long. Here they are given ports, and nothing is waited for.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from rl_training.project_files import PACKAGE

OBJECT_STORE_BYTES = 200 << 20
"""Shared memory of the node: a few rollouts."""

_LOOPBACK = "127.0.0.1"
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
        cpus: cores that it offers to actors.
        joins: HOST:PORT of the cluster that it becomes a part of; None: it is one of its own.

    Attributes:
        address: HOST:PORT of the cluster.
        pid: the process that starts the node's workers.
    """

    def __init__(self, cpus: float, joins: str | None = None) -> None:
        from ray._private.parameter import RayParams

        ports = dict(zip(_HELPERS, _free_ports(len(_HELPERS)), strict=True))
        params = RayParams(
            num_cpus=math.ceil(cpus),
            num_gpus=0,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            include_log_monitor=False,
            no_monitor=True,
            node_manager_port=0,
            min_worker_port=0,
            max_worker_port=0,
            node_ip_address=_LOOPBACK,
            gcs_address=joins,
            **ports,
        )
        self._resources = contextlib.ExitStack()
        try:
            self._resources.enter_context(_on_loopback())
            node = _patient_node(params, is_head=joins is None)
            self._resources.callback(
                node.kill_all_processes, check_alive=False, allow_graceful=True, wait=True
            )
        except BaseException:
            self._resources.close()
            raise
        self.address: str = node.gcs_address
        self.pid: int = node.all_processes["raylet"][0].process.pid

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


def _patient_node(params: Any, *, is_head: bool) -> Any:
    """Start a node that does not wait for the port of its web helper.

    Three helpers' ports are arguments of Ray's node; the fourth is in a file that the node waits
    for. It is written before the helper has begun, which writes the same.
    """
    from ray._private.node import Node

    class Patient(Node):  # type: ignore[misc]
        def start_raylet(self, *arguments: Any, **named: Any) -> None:
            path = Path(self._session_dir, f"dashboard_agent_listen_port_{self._node_id}")
            path.write_text(str(params.dashboard_agent_listen_port), encoding="utf-8")
            super().start_raylet(*arguments, **named)

    return Patient(params, head=is_head, shutdown_at_exit=True, spawn_reaper=True)


@contextlib.contextmanager
def _on_loopback() -> Iterator[None]:
    """Let nodes that are started in the block, and whoever connects to them, stay on loopback.

    Their workers find this package, installed or not, and run at the niceness of this process, not
    at 15 more: beside other work an engine would hardly move.
    """
    from ray._private import ray_constants

    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
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
