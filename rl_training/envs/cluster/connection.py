"""A connection to a Ray cluster, or a small one of this machine's own.

Called by `ray_vec_env`. What Ray itself opens and where is told in docs/scale.md.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from typing import Any

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.own_node import OwnNode
from rl_training.errors import UsageError

# Read when Ray is imported, here and in every process that it starts. Nothing is sent about who
# uses it, and a machine with more work than cores gets time: Ray's own limits suit an idle one.
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DASHBOARD_STARTUP_TIMEOUT_S": "300",
    "RAY_gcs_server_port_wait_time_s": "300",
    "RAY_agent_register_timeout_ms": "300000",
    "RAY_worker_register_timeout_seconds": "300",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "300",
}
_MODE = "RAY_AUTH_MODE"
_TOKEN_BYTES = 32
_KNOCK_S = 20.0


def import_ray(*, own: bool = False) -> Any:
    """Return the package `ray`.

    Args:
        own: for a cluster that is started by this process: who has no token of its own in the
            environment gets one that was drawn, which nobody else knows.

    Raises:
        UsageError: it is not installed.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    # Ray reads both once, when it is imported.
    if own and "ray" not in sys.modules and _MODE not in os.environ:
        os.environ[_MODE] = "token"
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(_TOKEN_BYTES))
    try:
        import ray
    except ImportError:
        raise UsageError(
            "--backend ray needs the package ray: pip install 'spacetime-rl[ray]'"
        ) from None
    return ray


@contextlib.contextmanager
def connected(cluster: ClusterSettings, cpus: float) -> Iterator[Any]:
    """Be connected to a cluster for the time of the block; a connection that is there is used.

    Args:
        cluster: which; without an address one is started, on loopback only, and ends with the
            block.
        cpus: cores that a cluster that is started offers to actors.

    Yields:
        The package `ray`.

    Raises:
        UsageError: Ray is not installed, or nothing answers at the address.
    """
    ray = import_ray(own=cluster.address is None)
    if ray.is_initialized():
        yield ray
        return
    with contextlib.ExitStack() as stack:
        try:
            if cluster.address not in (None, "auto"):
                _knock(cluster.address)
            cores = max(cpus, float(os.cpu_count() or 1))
            address = cluster.address or stack.enter_context(OwnNode(cores)).address
            stack.callback(ray.shutdown)
            ray.init(address=address, logging_level=logging.WARNING)
        except Exception as error:  # Ray raises plain ones
            where = "could not be started" if cluster.address is None else "cannot be used"
            name = f" {cluster.address}" if cluster.address else ""
            text = str(error).strip()
            said = text.splitlines()[0] if text else type(error).__name__
            raise UsageError(f"the Ray cluster{name} {where}: {said}") from error
        yield ray


def _knock(address: str) -> None:
    """Raise OSError when nothing listens there: Ray would try for minutes, then end the process."""
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=_KNOCK_S):
        pass
