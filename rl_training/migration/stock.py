"""Facts about the stock plugin: where its files are in ours, and what of it we do not have.

Tables only, read by the planning modules and checked by tests against our addon's real files.
"""

from __future__ import annotations

import re
from typing import NamedTuple

STOCK_FOLDER = "addons/godot_rl_agents"
OUR_FOLDER = "addons/godot_rl"
AUTOLOAD = "GodotRLAgentsSync"
MONITOR = "VoxelPerformanceMonitor"
"""The addon's second autoload; the plugin adds both where they are missing."""
STAGE_PREFIX = ".godot_rl_migration_"
"""Name of the hidden folder in a project while it is being migrated."""

CONTROLLERS = ("agents/ai_controller_2d.gd", "agents/ai_controller_3d.gd")

FILES: dict[str, str] = {
    "plugin.cfg": "plugin.cfg",
    "godot_rl_agents.gd": "plugin.gd",
    "icon.png": "icons/ai_controller_3d.svg",
    "sync.gd": "sync.gd",
    "controller/ai_controller_2d.gd": "agents/ai_controller_2d.gd",
    "controller/ai_controller_3d.gd": "agents/ai_controller_3d.gd",
    "onnx/wrapper/ONNX_wrapper.gd": "inference/onnx_model.gd",
    "rewards/ApproachNodeReward2D.gd": "rewards/approach_node_reward_2d.gd",
    "rewards/ApproachNodeReward3D.gd": "rewards/approach_node_reward_3d.gd",
    "rewards/RewardFunction2D.gd": "rewards/reward_function_2d.gd",
    "rewards/RewardFunction3D.gd": "rewards/reward_function_3d.gd",
    "sensors/sensors_2d/GridSensor2D.gd": "sensors/sensors_2d/grid_sensor_2d.gd",
    "sensors/sensors_2d/ISensor2D.gd": "sensors/sensors_2d/i_sensor_2d.gd",
    "sensors/sensors_2d/PositionSensor2D.gd": "sensors/sensors_2d/position_sensor_2d.gd",
    "sensors/sensors_2d/RGBCameraSensor2D.gd": "sensors/sensors_2d/rgb_camera_sensor_2d.gd",
    "sensors/sensors_2d/RGBCameraSensor2D.tscn": "sensors/sensors_2d/rgb_camera_sensor_2d.tscn",
    "sensors/sensors_2d/RaycastSensor2D.gd": "sensors/sensors_2d/raycast_sensor_2d.gd",
    "sensors/sensors_2d/RaycastSensor2D.tscn": "sensors/sensors_2d/raycast_sensor_2d.tscn",
    "sensors/sensors_3d/CastingGridSensor3D.gd": "sensors/sensors_3d/grid_sensor_3d.gd",
    "sensors/sensors_3d/GridSensor3D.gd": "sensors/sensors_3d/grid_sensor_3d.gd",
    "sensors/sensors_3d/ISensor3D.gd": "sensors/sensors_3d/i_sensor_3d.gd",
    "sensors/sensors_3d/PositionSensor3D.gd": "sensors/sensors_3d/position_sensor_3d.gd",
    "sensors/sensors_3d/RGBCameraSensor3D.gd": "sensors/sensors_3d/rgb_camera_sensor_3d.gd",
    "sensors/sensors_3d/RGBCameraSensor3D.tscn": "sensors/sensors_3d/rgb_camera_sensor_3d.tscn",
    "sensors/sensors_3d/RaycastSensor3D.gd": "sensors/sensors_3d/raycast_sensor_3d.gd",
    "sensors/sensors_3d/RaycastSensor3D.tscn": "sensors/sensors_3d/raycast_sensor_3d.tscn",
}
"""Stock file to ours, both inside their addon's folder."""

FOLDERS: dict[str, str] = {
    "": "",
    "controller": "agents",
    "onnx": "inference",
    "onnx/wrapper": "inference",
    "rewards": "rewards",
    "sensors": "sensors",
    "sensors/sensors_2d": "sensors/sensors_2d",
    "sensors/sensors_3d": "sensors/sensors_3d",
}

SPELLINGS: dict[str, str] = {
    "RaycastSensor3D": "RayCastSensor3D",
    "RayCastSensor2D": "RaycastSensor2D",
}
"""Class names as some projects write them, and as both plugins declare them."""

CONTROLLER_MEMBERS = frozenset(
    {
        *(
            "ControlModes",
            "control_mode",
            "onnx_model_path",
            "reset_after",
            "expert_demo_save_path",
        ),
        *("remove_last_episode_key", "action_repeat", "policy_name", "onnx_model", "heuristic"),
        *("store_obs_done", "obs_done", "done", "truncated", "reward", "n_steps", "needs_reset"),
        *("_player", "_ready", "init", "get_obs", "get_obs_done", "get_reward", "get_action_space"),
        *("set_action", "get_action", "get_info", "_physics_process", "get_obs_space", "reset"),
        *("reset_if_done", "set_heuristic", "get_done", "set_done_false", "get_truncated"),
        *("set_truncated_false", "zero_reward"),
    }
)
"""Members of the stock controllers, for projects whose plugin folder cannot be read."""


class Gone(NamedTuple):
    """A member of the stock plugin that ours does not have, and what to use in its place."""

    name: str
    remedy: str


GONE_FROM_CONTROLLERS = (
    Gone("store_obs_done", "Delete it: Sync takes the final observation by itself"),
    Gone("obs_done", "Delete it: Sync takes the final observation by itself"),
    Gone("get_obs_done", "Delete it: Sync takes the final observation by itself"),
    Gone("get_truncated", "Read the property truncated"),
    Gone("set_truncated_false", "Delete it: Sync begins the next episode"),
    Gone("onnx_model", "Use ONNXModel.load_file(path) for a model of your own"),
)
GONE_FROM_SYNC = tuple(
    Gone(name, "Agents are in the group AGENT; the trainer's side is in Python")
    for name in (
        *("all_agents", "agents_training", "agents_inference", "agents_heuristic"),
        *("agents_training_policy_names", "agent_demo_record", "demo_trajectories"),
        *("onnx_models", "n_action_steps", "need_to_send_obs", "just_reset"),
        *("connect_to_server", "disconnect_from_server"),
    )
)
GONE_FROM_SENSORS = (
    Gone("rays", "Ask the sensor: get_observation(), observation_names()"),
    Gone("geo", "Delete it: the sensor draws itself"),
    Gone("_obs", "Keep the values in a variable of your own"),
    Gone("_active", "Delete it: a sensor is read on demand"),
    Gone("_update_observation", "Delete it: a sensor is read on demand"),
    Gone("_spawn_nodes", "Delete it: the sensor has no nodes to make"),
    Gone("to_spherical_coords", "Write the three lines in your own script"),
    Gone("camera_texture", "Read the image with get_camera_bytes()"),
    Gone("camera_pixels", "Read the image with get_camera_bytes()"),
    Gone("processed_texture", "Read the image with get_camera_bytes()"),
)

_BY_LOWER_CASE = {path.lower(): path for path in FILES}
_REFERENCE = re.compile(
    r"(?P<before>res://|(?<![\w/.-]))"
    + re.escape(STOCK_FOLDER)
    + r"(?![\w-])(?P<rest>/[^\"'\s,;:()\[\]<>\\]*)?",
    re.IGNORECASE,
)


class Reference(NamedTuple):
    """One mention of the stock folder in a text.

    Attributes:
        start: index of its first character.
        old: as it stands.
        new: as it should stand; None when we have no counterpart.
    """

    start: int
    old: str
    new: str | None


def stock_file(path: str) -> str | None:
    """Return the file inside the stock folder that a res:// path means, None for another path."""
    folder = f"res://{STOCK_FOLDER}/"
    if not path.lower().startswith(folder):
        return None
    inside = path[len(folder) :]
    return _BY_LOWER_CASE.get(inside.lower(), inside)


def our_path(inside: str) -> str | None:
    """Return our addon's res:// path for a file inside the stock folder, None without one."""
    ours = FILES.get(inside)
    return None if ours is None else f"res://{OUR_FOLDER}/{ours}"


def references(text: str) -> list[Reference]:
    """Find every mention of the stock folder in `text`."""
    return [
        Reference(match.start(), match[0], _renamed(match["before"], match["rest"] or ""))
        for match in _REFERENCE.finditer(text)
    ]


def _renamed(before: str, rest: str) -> str | None:
    inside = rest.strip("/")
    if "*" in inside:
        folder, _, pattern = inside.rpartition("/")
        ours = FOLDERS.get(folder)
        return (
            None if ours is None else "/".join(filter(None, (before + OUR_FOLDER, ours, pattern)))
        )
    known = _BY_LOWER_CASE.get(inside.lower())
    ours = FOLDERS.get(inside) if known is None else FILES[known]
    if ours is None:
        return None
    return before + OUR_FOLDER + (f"/{ours}" if ours else "") + ("/" if rest.endswith("/") else "")
