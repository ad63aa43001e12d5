from __future__ import annotations

import select
import socket
import time

import pytest

from rl_training.protocol.readiness import wait_ready


@pytest.fixture(params=["poll", "select"])
def _kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "select":
        monkeypatch.delattr(select, "poll", raising=False)


@pytest.mark.usefixtures("_kind")
def test_who_has_data_or_is_gone() -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    ours = [pair[0] for pair in pairs]
    try:
        started = time.monotonic()
        assert wait_ready(ours, 0.05) == []
        assert time.monotonic() - started >= 0.04
        pairs[2][1].send(b"x")
        assert wait_ready(ours, 5.0) == [2]
        pairs[0][1].close()
        assert wait_ready(ours, 5.0) == [0, 2]
    finally:
        for pair in pairs:
            for end in pair:
                end.close()
