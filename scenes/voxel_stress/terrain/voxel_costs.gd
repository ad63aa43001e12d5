class_name VoxelCosts
extends RefCounted
## What work costs, as a sum: for runs in which no clock may be read (`measured_times` 0).
##
## Called by column jobs and the terrain, which count work. The figures are medians of the reference
## machine, measured by tests/godot/scenes/bench_voxel_stress.gd. It reads no clock.

## Noise and walls of a column, its chunks' share, ms.
const GROUND: float = 0.1
## A look of the mesher at a cell or row, ms.
const LOOK: float = 0.0001
## A vertex of the mesher, ms.
const VERTEX: float = 0.0002
## A tick in which nothing is integrated, ms.
const TICK: float = 0.05
## A chunk's mesh, ms.
const MESH: float = 0.05
## A chunk's collision shape, ms, and each of its vertices.
const SHAPE: float = 0.1
const SHAPE_VERTEX: float = 0.0002


## Generation of a chunk, ms.
static func of_chunk(looks: int, vertices: int) -> float:
	return GROUND + LOOK * looks + VERTEX * vertices
