class_name VRLocomotionTest
extends Node3D
## Root of the VR locomotion scenario.

## Space that one copy of this scene takes, m; copies are placed side by side at this distance.
@export var arena_size: Vector3 = Vector3(24.0, 4.0, 24.0)
