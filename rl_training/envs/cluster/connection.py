"""A connection to a Ray cluster, or a small one of this machine's own.

Called by `ray_vec_env`. What Ray itself opens and where is told in docs/scale.md.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rl_training.config.sections import ClusterSettings
from rl_training.errors import UsageError

_log = logging.getLogger(__name__)

OBJECT_STORE_BYTES = 200 << 20
"""Shared memory of a cluster that is started here: a few rollouts."""

# Loopback. Ray 2.60 takes 127.0.0.1 for this machine's address in the network.
_OWN_ADDRESS = "127.0.0.2"
_PACKAGES = str(Path(__file__).parents[3])


def import_ray() -> Any:
    """Return the package `ray`.

    Raises:
        UsageError: it is not installed.
    """
    # Before the import: Ray sends nothing about who uses it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
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
    ray = import_ray()
    if ray.is_initialized():
        yield ray
        return
    try:
        if cluster.address is None:
            _start(ray, cpus)
        else:
            ray.init(address=cluster.address, logging_level=logging.WARNING)
    except Exception as error:  # Ray raises plain ones
        ray.shutdown()
        where = "could not be started" if cluster.address is None else "cannot be used"
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UsageError(f"the Ray cluster {cluster.address or ''} {where}: {said}") from error
    try:
        yield ray
    finally:
        ray.shutdown()


def _start(ray: Any, cpus: float) -> None:
    with _packages_on_path():
        ray.init(
            address="local",
            num_cpus=max(1, int(cpus + 0.999), os.cpu_count() or 1),
            num_gpus=0,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            logging_level=logging.WARNING,
            _node_ip_address=_OWN_ADDRESS,
        )


@contextlib.contextmanager
def _packages_on_path() -> Iterator[None]:
    """Let workers that are started in the block find this package, installed or not."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (_PACKAGES, before)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before
