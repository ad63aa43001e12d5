class_name UIInteraction
extends Node3D
## Root of the scenario `ui_interaction`: a VR menu on two panels, and a player who tests it.
##
## README.md beside this file lists observation, actions, rewards and ends. The root only says how
## much room a copy takes.

## Space that one copy of this scene takes, m; copies are placed side by side at this distance.
@export var arena_size: Vector3 = Vector3(8.0, 4.0, 8.0)
@export var stage: UIStage
@export var player: UIPlayer
