class_name MemoryController
extends AIController3D
## The agent of the memory scenario. README.md beside this file lists the observation, the reward
## and the episode's end.

@export var runner: MemoryRunner


func _physics_process(delta: float) -> void:
	if done:
		return
	super._physics_process(delta)
	if runner.door != 0:
		reward += 1.0 if runner.is_right() else -1.0
		terminated = true


## See AIController3D.
func begin_episode(episode_seed: int) -> void:
	runner.begin(episode_seed)


## See AIController3D.
func get_obs_size() -> int:
	return 2


## See AIController3D.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	buffer[offset] = 1.0 if runner.sees_light() else 0.0
	buffer[offset + 1] = 1.0 if runner.is_at_junction() else 0.0


## See AIController3D.
func get_observation_names() -> Dictionary:
	return {"obs": PackedStringArray(["sees_light", "at_junction"])}


## See AIController3D.
func get_action_space() -> Dictionary:
	return {"door": {"size": 2, "action_type": "discrete"}}


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	runner.take(1 if action["door"] == 1 else -1)


## See AIController3D.
func get_info() -> Dictionary:
	if not done:
		return {}
	var success: bool = runner.is_right()
	return {
		"is_success": success,
		"metrics": {"success": float(success)},
		"reward_terms": {"choice": 1.0 if success else -1.0 if runner.door != 0 else 0.0},
	}
