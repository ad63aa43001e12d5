"""A cluster that a run starts for itself: on loopback, gone with the block."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is not installed")

from rl_training.config.sections import ClusterSettings
from rl_training.envs.cluster.connection import connected
from rl_training.errors import UsageError
from tests.python.conftest import processes_left

pytestmark = [pytest.mark.timeout(1800), pytest.mark.nightly]


def listening() -> Iterator[tuple[str, str, int]]:
    """Yield name, address and port of whatever this process's children listen on."""
    for child in psutil.Process().children(recursive=True):
        try:
            sockets: Any = child.net_connections(kind="inet")
            for each in sockets:
                if each.status == psutil.CONN_LISTEN:
                    yield child.name(), each.laddr.ip, each.laddr.port
        except psutil.NoSuchProcess:
            continue


def test_nothing_listens_beyond_loopback_and_nothing_is_left() -> None:
    with processes_left(patience_s=300.0):
        with connected(ClusterSettings(backend="ray"), 1.0) as ray:
            seen: Any = ray.remote(lambda: os.getpid())
            assert ray.get(seen.remote()) != os.getpid()
            found = list(listening())
        assert not ray.is_initialized()
    # Ray's control service, its node, their helpers, and the worker.
    assert len(found) >= 4, found
    assert [each for each in found if not is_loopback(each[1])] == []


def is_loopback(address: str) -> bool:
    found = ipaddress.ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def test_an_address_where_nothing_answers_is_one_line() -> None:
    nobody = ClusterSettings(backend="ray", address="127.0.0.1:1")
    with (
        pytest.raises(UsageError, match=r"the Ray cluster 127.0.0.1:1 cannot be used: .*refused"),
        connected(nobody, 1.0),
    ):
        pytest.fail("nobody is there")
