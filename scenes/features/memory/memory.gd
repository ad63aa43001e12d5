extends Node3D
## Root of the memory scenario.

## Room of one copy of the scene, m.
@export var arena_size: Vector3 = Vector3(6.0, 4.0, 16.0)
