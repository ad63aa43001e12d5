extends RefCounted
## What an episode began with: the numbers of the arena's and the agents' episodes, the level, the
## environment parameters, and how its agents end. It goes into a recording's header and comes out.
##
## RLEpisodeTape writes it; RLRunSession reads it where `--replay=` asks for one, and gives it to
## the arena. Text may change a number in its last bit, so the header holds the bits of each too.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLRecordedStart := preload("res://addons/godot_rl/replay/recorded_start.gd")
const RLRecordingReader := preload("res://addons/godot_rl/replay/recording_reader.gd")

## Environment parameters of the arena and its first agent.
var values: Dictionary[String, float] = {}
## Of each agent of the arena, what it had instead.
var own: Array[Dictionary] = []
## The level that was played; -1: none.
var level: int = -1
## Number of each agent's episode and of the arena's; the latter is -1 where the recording does not
## tell it.
var episodes: PackedInt64Array = []
var arena_episode: int = -1
## "each", "together" or "last"; empty where the recording does not tell.
var arena_episodes: String = ""
## What was looked for with `--rl.target_bug=`; empty: nothing.
var target_bug: String = ""


## Reads it from the recording at [param path]; of a file that cannot be read it is empty.
static func read(path: String) -> RLRecordedStart:
	var start: RLRecordedStart = RLRecordedStart.new()
	var header: Dictionary = RLRecordingReader.read(path).header
	start.values = _numbers_of(header)
	start.level = header.get("level", -1)
	start.arena_episodes = header.get("arena_episodes", "")
	start.target_bug = header.get("target_bug", "")
	start.arena_episode = header.get("arena_episode", -1)
	for row: Dictionary in header.get("agents", []):
		start.episodes.append(row.get("episode", 0))
		start.own.append(_numbers_of(row))
	return start


## Makes the next episode of [param arena] begin as the recorded one; parameters of the names
## [param given] stay as they were set.
func give(arena: RLArena, given: Dictionary) -> void:
	if level >= 0:
		arena.order_levels(PackedInt32Array([level]))
	# Agents that begin each by itself have played unlike numbers of episodes.
	if arena_episode >= 0 and episodes.size() == arena.agents.size():
		arena.begin_at(arena_episode)
		for i: int in episodes.size():
			arena.agents[i].rl_episode.agent_index = episodes[i]
	for numbers: Dictionary in own:
		for name: String in given:
			numbers.erase(name)
		if not numbers.is_empty():
			arena.own_values = own


## The keys of a header that tell the parameters [param numbers]; those of them that
## [param usual] says too are left out.
static func keys_of(numbers: Dictionary[String, float], usual: Dictionary = {}) -> Dictionary:
	var told: Dictionary[String, float] = {}
	var bits: Dictionary[String, String] = {}
	for name: String in numbers:
		if not usual.has(name) or usual[name] != numbers[name]:
			told[name] = numbers[name]
			bits[name] = PackedFloat64Array([numbers[name]]).to_byte_array().hex_encode()
	return {} if told.is_empty() else {"parameters": told, "parameter_bits": bits}


# Older recordings have no bits.
static func _numbers_of(keys: Dictionary) -> Dictionary[String, float]:
	var numbers: Dictionary[String, float] = {}
	numbers.assign(keys.get("parameters", {}))
	var bits: Dictionary = keys.get("parameter_bits", {})
	for name: String in numbers:
		var bytes: PackedByteArray = str(bits.get(name, "")).hex_decode()
		if bytes.size() == 8:
			numbers[name] = bytes.decode_double(0)
	return numbers
