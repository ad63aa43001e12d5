"""Which of several engines has something to say: one wait for all of them.

Called by `envs`. A peer that is gone counts as ready: reading from it tells.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from typing import Protocol


class HasDescriptor(Protocol):
    """A socket or anything around one."""

    def fileno(self) -> int:
        """Return the descriptor."""


def wait_ready(sockets: Sequence[HasDescriptor], timeout_s: float) -> list[int]:
    """Wait until one of the sockets can be read.

    Args:
        sockets: at least one.
        timeout_s: seconds to wait, >= 0.

    Returns:
        Positions of those that can be read, in their order; none after `timeout_s`.
    """
    descriptors = [each.fileno() for each in sockets]
    if not hasattr(select, "poll"):
        readable, _, _ = select.select(descriptors, [], [], timeout_s)
        return [place for place, each in enumerate(descriptors) if each in readable]
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    found = {descriptor for descriptor, _ in poll.poll(1000.0 * timeout_s)}
    return [place for place, each in enumerate(descriptors) if each in found]
