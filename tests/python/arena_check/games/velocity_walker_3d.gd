extends "res://tests/python/arena_check/games/world_walker_3d.gd"
## Observes its velocity only, so that a wrong place shows in the rewards alone.


func get_obs() -> Dictionary:
	return {"obs": PackedFloat32Array([player.velocity.x / 5.0, player.velocity.z / 5.0])}


func get_observation_names() -> Dictionary:
	return {"obs": PackedStringArray(["speed_x", "speed_z"])}
