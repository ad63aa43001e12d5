extends RefCounted
## The opening of a conversation with a trainer: which protocol and transport both speak, and what
## the engine tells of itself (docs/protocol.md).
##
## RLRemotePolicy owns it. It sends nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLBinaryCodec := preload("res://addons/godot_rl/wire/binary_codec.gd")
const RLBinary2Codec := preload("res://addons/godot_rl/wire/binary2_codec.gd")
const RLCodec := preload("res://addons/godot_rl/wire/codec.gd")
const RLJsonCodec := preload("res://addons/godot_rl/wire/json_codec.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const MAJOR_VERSION: String = "0"
const MINOR_VERSION: String = "7"
const PROTOCOL: int = 1
## The transports this addon speaks.
const JSON_TEXT: String = "json"
const BINARY: String = "binary1"
const BINARY_2: String = "binary2"

## The transport of every message after env_info.
var transport: String = JSON_TEXT
## The trainer is ours: it knows the keys that are not godot-rl's.
var peer_is_harness: bool = false

# What env_info tells beyond godot-rl's keys.
var _about: Dictionary


func _init(about: Dictionary) -> void:
	_about = about


## Takes the trainer's handshake. Returns what is wrong, or "".
func handshake(message: Dictionary, groups: RLAgentGroups) -> String:
	peer_is_harness = message.has("harness")
	var offered: Variant = message.get("transports")
	if offered is Array:
		if BINARY_2 in offered:
			transport = BINARY_2
		elif BINARY in offered and groups.layout_counts.size() == 1:
			transport = BINARY
	var major: String = str(message.get("major_version"))
	if major != MAJOR_VERSION:
		return (
			"the trainer speaks protocol %s.%s, this addon %s.%s: update the older one"
			% [major, message.get("minor_version"), MAJOR_VERSION, MINOR_VERSION]
		)
	if peer_is_harness and RLJsonCodec.whole_number(message.get("protocol", 0)) > PROTOCOL:
		RLLog.info("the trainer knows protocol %d, this addon %d" % [message["protocol"], PROTOCOL])
	return ""


## Whether the trainer can be told that a seat is empty.
func tells_absence() -> bool:
	return transport == BINARY_2


## The codec of every message after env_info; null: the one of the opening goes on.
func codec(groups: RLAgentGroups) -> RLCodec:
	match transport:
		BINARY:
			return RLBinaryCodec.new(groups.wire_layouts())
		BINARY_2:
			return RLBinary2Codec.new(groups.wire_layouts())
	return null


## The answer to env_info.
func env_info(groups: RLAgentGroups, roster: RLRoster) -> Dictionary:
	var policy_names: PackedStringArray = []
	for controller: Node in groups.rows:
		policy_names.append(controller.policy_name)
	var info: Dictionary = {
		"type": "env_info",
		"observation_space": groups.observation_spaces,
		"action_space": groups.action_spaces,
		"n_agents": groups.rows.size(),
		"agent_policy_names": policy_names,
	}
	if peer_is_harness:
		info["spacetime_rl"] = _of_harness(groups, roster)
	return info


func _of_harness(groups: RLAgentGroups, roster: RLRoster) -> Dictionary:
	var arenas: PackedInt32Array = []
	var paths: PackedStringArray = []
	for controller: Node in groups.rows:
		arenas.append(controller.arena_index)
		paths.append(path_of(controller, roster))
	var about: Dictionary = {
		"protocol": PROTOCOL,
		"transport": transport,
		"observation_names": groups.observation_names,
		"groups": groups.describe(),
		"agent_arenas": arenas,
		"agent_paths": paths,
		"arena_episodes": "each",
		"parameters": {},
	}
	about.merge(_about, true)
	return about


## The path of a controller below its arena's root; empty for a seat that nobody has taken.
static func path_of(controller: Node, roster: RLRoster) -> String:
	if controller is RLAbsentAgent or controller.arena_index >= roster.arena_roots.size():
		return ""
	return str(roster.arena_roots[controller.arena_index].get_path_to(controller))
