class_name VoxelFindings
extends RefCounted
## The detectors of `voxel_stress`, and what they have found in this episode.
##
## They look at what the game does, not at its switches. The controller asks once a decision. Each
## kind is reported once an episode (RLFindings), and counted here for the reward.

const FALL: String = "fell_out"

var chunks: VoxelChunkWatch = VoxelChunkWatch.new()
var seams: VoxelSeamWatch = VoxelSeamWatch.new()
var memory: VoxelMemoryWatch = VoxelMemoryWatch.new()
var stuck: VoxelStuckWatch = VoxelStuckWatch.new()
## Kinds found in this episode.
var count: int = 0

var _controller: VoxelStressController
var _kinds: Dictionary[String, bool] = {}
var _lines: PackedStringArray = []


func _init(controller: VoxelStressController) -> void:
	_controller = controller


## Begins an episode at [param place].
func restart(place: Vector3, slow_chunk_ms: float) -> void:
	count = 0
	_kinds = {}
	_lines = []
	chunks.restart(slow_chunk_ms)
	seams.restart()
	memory.restart()
	stuck.restart(place)


## Waits for what is under way.
func stop() -> void:
	chunks.stop()


## What was found in this episode, a line each.
func told() -> PackedStringArray:
	return _lines


## A chunk has come. Returns how many kinds are new.
func see_chunk(key: Vector3i, level: int, milliseconds: float) -> int:
	return _report(chunks.see(_controller.terrain, key, level, milliseconds))


## A decision is over. Returns how many kinds are new.
func look(place: Vector3, velocity: Vector2, leaps: bool) -> int:
	var terrain: VoxelTerrain = _controller.terrain
	return (
		_report(chunks.take(terrain.ticks))
		+ _report(seams.look(terrain))
		+ _report(memory.look(terrain))
		+ _report(stuck.look(place, velocity, leaps))
	)


## The walker has fallen out of the world. Returns how many kinds are new.
func tell_fall(place: Vector3) -> int:
	return _report(
		{
			"kind": FALL,
			"message": "the player has fallen out of the world",
			"data": {"place": place},
		}
	)


func _report(found: Dictionary) -> int:
	if found.is_empty() or _kinds.has(found["kind"]):
		return 0
	_kinds[found["kind"]] = true
	_lines.append("%s: %s" % [found["kind"], found["message"]])
	count += 1
	RLFindings.report(_controller, found["kind"], found["message"], found["data"])
	return 1
