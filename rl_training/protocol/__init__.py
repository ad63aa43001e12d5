"""Messages between Python and one Godot engine: bytes, codecs, spaces and the conversation.

The wire format is written down in `docs/protocol.md`. `envs` is the only caller. Nothing here knows
how an engine is started; nothing here imports Stable-Baselines3 or torch.
"""

from rl_training.protocol.agent_groups import AgentLayout, GroupInfo
from rl_training.protocol.codec import Codec
from rl_training.protocol.connection import EngineConnection
from rl_training.protocol.listener import Listener, bind_listeners
from rl_training.protocol.message_socket import MAX_PAYLOAD_BYTES, MessageSocket
from rl_training.protocol.messages import EnvInfo, HarnessInfo, ResetResult, StepResult
from rl_training.protocol.spaces import ActionLayout, ObservationLayout
from rl_training.protocol.version import PROTOCOL_VERSION

__all__ = [
    "ActionLayout",
    "AgentLayout",
    "Codec",
    "EngineConnection",
    "EnvInfo",
    "GroupInfo",
    "HarnessInfo",
    "Listener",
    "MAX_PAYLOAD_BYTES",
    "MessageSocket",
    "ObservationLayout",
    "PROTOCOL_VERSION",
    "ResetResult",
    "StepResult",
    "bind_listeners",
]
