"""Versions that the opening messages carry.

History of `PROTOCOL_VERSION`:
    1   0.1.0   godot-rl 0.7's JSON with additive keys (docs/protocol.md)
"""

from __future__ import annotations

PROTOCOL_VERSION = 1
HARNESS_NAME = "spacetime-rl"

# godot-rl's own protocol, whose mandatory keys are kept so that stock peers work unchanged.
GODOT_RL_MAJOR = "0"
GODOT_RL_MINOR = "7"

# Transports that this package can speak, most preferred first.
TRANSPORTS = ("binary2", "binary1", "json")

# What a caller may ask for -> the transports that are then offered.
OFFERS = {"auto": TRANSPORTS, "binary": ("binary2", "binary1"), "json": ("json",)}
