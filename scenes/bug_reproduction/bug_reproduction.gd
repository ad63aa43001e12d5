class_name BugReproduction
extends Node3D
## Root of the scenario `bug_reproduction`: a walled yard in VR, a small game in which bugs can be
## planted.
##
## README.md beside this file lists observation, actions, rewards, ends and bugs. The root says how
## much room a copy takes and lets the parts of the game have their tick in a fixed order.

## Space that one copy of this scene takes, m; copies are placed side by side at this distance.
@export var arena_size: Vector3 = Vector3(32.0, 8.0, 32.0)
@export var player: YardPlayer
@export var ground: YardGround
@export var walls: YardWalls
@export var bolts: YardBolts
@export var checks: YardChecks


func _physics_process(delta: float) -> void:
	if player.frozen:
		return
	player.step(delta)
	bolts.step(delta)
	ground.step(player.place, player.facing)
	checks.step(delta)


## Puts the game at its start: walls, ground and bolts as [param random] draws them. Called by the
## controller when an episode begins.
func begin(random: RandomNumberGenerator) -> void:
	walls.arrange(random)
	player.restart(walls.draw_free_place(random), random.randf_range(-PI, PI))
	ground.restart(player.place, player.facing)
	bolts.restart()
	checks.restart()
