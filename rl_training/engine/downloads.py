"""Bounded downloads over HTTP: every one ends, well or with a reason.

Called by `official`. A server that refuses, or a network that swallows packets, is noticed within
seconds; proxies are taken from the environment, as everywhere in Python.
"""

from __future__ import annotations

import hashlib
import http.client
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from rl_training.errors import EngineNotFoundError

CONNECT_TIMEOUT_S = 5.0
CHUNK = 1 << 18
# What a failing network raises: refused, unresolved, reset, cut short, timed out, malformed.
NETWORK_ERRORS = (OSError, http.client.HTTPException, ValueError)


def fetch_text(url: str, *, timeout_s: float = CONNECT_TIMEOUT_S) -> str:
    """Fetch a small text, wholly within `timeout_s` seconds.

    The request runs in a thread of its own because the resolution of a name knows no time limit.

    Raises:
        EngineNotFoundError: unreachable, refused or too slow; the message is the reason alone.
    """
    answer: list[str] = []
    failure: list[str] = []

    def work() -> None:
        try:
            with urllib.request.urlopen(url, timeout=timeout_s) as response:
                answer.append(response.read(1 << 22).decode("utf-8"))
        except NETWORK_ERRORS as error:
            failure.append(describe_network_error(error))

    thread = threading.Thread(target=work, daemon=True, name="fetch")
    thread.start()
    thread.join(timeout_s)
    if answer:
        return answer[0]
    reason = failure[0] if failure else f"no answer within {timeout_s:.0f} s"
    raise EngineNotFoundError(reason)


def download(url: str, target: Path, *, limit_s: float, stall_s: float = 30.0) -> str:
    """Download a file and return its SHA-512 in hexadecimal.

    Args:
        url: address.
        target: the file to write.
        limit_s: seconds for the whole download.
        stall_s: seconds without a byte after which it is given up.

    Raises:
        EngineNotFoundError: the download failed or was too slow; the message is the reason alone.
    """
    deadline = time.monotonic() + limit_s
    digest = hashlib.sha512()
    try:
        with (
            urllib.request.urlopen(url, timeout=stall_s) as response,
            target.open("wb") as file,
        ):
            expected = int(response.headers.get("Content-Length") or 0)
            received = 0
            # read1 returns what has come: a trickle must not hide the time limit.
            while chunk := response.read1(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                received += len(chunk)
                if time.monotonic() > deadline:
                    raise TimeoutError(f"not complete within {limit_s:.0f} s ({received} bytes)")
    except NETWORK_ERRORS as error:
        raise EngineNotFoundError(describe_network_error(error)) from None
    if expected and received != expected:
        raise EngineNotFoundError(f"cut short: {received} of {expected} bytes came")
    return digest.hexdigest()


def describe_network_error(error: Exception) -> str:
    """One line that says why a request failed."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__
