extends Node3D

# As the oldest games for godot-rl have it: the player is the agent, with no AIController.


func get_obs():
	return {"obs": [0.0]}
