class_name VoxelMemoryWatch
extends RefCounted
## Finds memory that is not given back: more bytes for each active chunk than chunks can need.
##
## It looks at two numbers of the terrain only: bytes held and active chunks. README.md tells from
## which runs the limit comes. The controller asks it once a decision.

const LEAK: String = "memory_leak"
const WARNING: String = "memory_warning"
## Bytes for each active chunk, at most.
const BYTES_PER_CHUNK: float = 16000.0
## Decisions in a row over the limit until it is told.
const PATIENCE: int = 10

var _decisions_over: int = 0


func restart() -> void:
	_decisions_over = 0


## What is wrong with the memory of [param terrain] now, or {}.
func look(terrain: VoxelTerrain) -> Dictionary:
	if terrain.held_bytes > terrain.memory_budget_mb * 1048576.0:
		return _finding(WARNING, "the terrain holds more memory than its budget", terrain)
	if terrain.held_bytes > BYTES_PER_CHUNK * maxi(terrain.chunk_count, 1):
		_decisions_over += 1
	else:
		_decisions_over = 0
	if _decisions_over < PATIENCE:
		return {}
	_decisions_over = 0
	return _finding(LEAK, "the terrain holds more memory than its chunks need", terrain)


static func _finding(kind: String, message: String, terrain: VoxelTerrain) -> Dictionary:
	return {
		"kind": kind,
		"message": message,
		"data":
		{
			"bytes": terrain.held_bytes,
			"chunks": terrain.chunk_count,
			"budget_mb": terrain.memory_budget_mb,
		},
	}
