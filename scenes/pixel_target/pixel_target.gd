extends Node3D
## Root of the pixel scenario: the size of one copy of the scene.

## Room of one copy of the scene, m; the walls keep the camera from seeing the next one.
@export var arena_size: Vector3 = Vector3(8.0, 4.0, 8.0)
