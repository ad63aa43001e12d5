class_name SpacecraftLanding
extends Node3D
## Root of the scenario `spacecraft_landing`: bring a lander softly onto a pad.
##
## README.md beside this file lists observation, actions, rewards and ends. The root only says how
## much room a copy takes.

## Space that one copy of this scene takes, m; copies are placed side by side at this distance.
@export var arena_size: Vector3 = Vector3(1280.0, 1600.0, 1280.0)
@export var lander: Lander
@export var terrain: LandingTerrain
