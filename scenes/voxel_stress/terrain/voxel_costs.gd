class_name VoxelCosts
extends RefCounted
## What work costs, as a sum: for runs in which no clock may be read (`measured_times` 0).
##
## Called by column jobs and the terrain. The figures are means of the reference machine, measured by
## tests/godot/scenes/bench_voxel_stress.gd. It reads no clock.

## Noise, bits and rows of a chunk, ms.
const CHUNK: float = 0.6
## A vertex of merged rectangles, ms.
const VERTEX: float = 0.0003
## A chunk whose faces are made one by one, ms.
const SLOW_CHUNK: float = 12.0
## A tick in which nothing is integrated, ms.
const TICK: float = 0.05
## A chunk's mesh, ms.
const MESH: float = 0.05
## A chunk's collision shape, ms, and each of its vertices.
const SHAPE: float = 0.1
const SHAPE_VERTEX: float = 0.0003


## Generation of a chunk, ms.
static func of_chunk(vertices: int, is_slow: bool) -> float:
	return (SLOW_CHUNK if is_slow else CHUNK) + VERTEX * vertices
