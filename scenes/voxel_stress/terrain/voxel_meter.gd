class_name VoxelMeter
extends RefCounted
## Tells the performance monitor of a terrain: chunks, queue, memory and how long chunks took.
##
## VoxelTerrain owns one. The monitor has one set of numbers a process, so they are sums over all
## terrains in it. It measures nothing itself.

static var _chunks: int = 0
static var _queue: int = 0
static var _bytes: int = 0

var _own_chunks: int = 0
var _own_queue: int = 0
var _own_bytes: int = 0
var _monitor: RLPerformanceMonitor = RLPerformanceMonitor.current()


## A chunk took [param milliseconds].
func record(milliseconds: float) -> void:
	if is_instance_valid(_monitor):
		_monitor.record_chunk_generation(milliseconds)


## What the terrain has now.
func tell(chunks: int, queue: int, bytes: int) -> void:
	if chunks == _own_chunks and queue == _own_queue and bytes == _own_bytes:
		return
	_chunks += chunks - _own_chunks
	_queue += queue - _own_queue
	_bytes += bytes - _own_bytes
	_own_chunks = chunks
	_own_queue = queue
	_own_bytes = bytes
	if is_instance_valid(_monitor):
		_monitor.set_active_chunks(_chunks)
		_monitor.set_chunk_queue(_queue)
		_monitor.set_voxel_memory(_bytes)
