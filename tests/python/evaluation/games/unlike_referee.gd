extends Node3D
## Moves a chaser and a runner, gives the one what it takes from the other, and ends both episodes
## when the runner is caught. The parameter runner_speed (m/s) holds for an episode.

const Chaser := preload("res://tests/python/evaluation/games/unlike_chaser.gd")
const Runner := preload("res://tests/python/evaluation/games/unlike_runner.gd")

@export var chaser: Chaser
@export var runner: Runner


func _physics_process(delta: float) -> void:
	chaser.place = clampf(chaser.place + chaser.wish * delta * 6.0, -10.0, 10.0)
	var speed: float = GodotRLAgentsSync.get_parameter("runner_speed", 4.0, self)
	runner.place = clampf(runner.place + runner.wish * delta * speed, -10.0, 10.0)
	var caught: bool = absf(chaser.place - runner.place) < 1.0
	var gain: float = 1.0 if caught else -0.01
	chaser.reward += gain
	runner.reward -= gain
	if caught:
		chaser.terminated = true
		runner.terminated = true
