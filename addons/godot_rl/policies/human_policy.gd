extends "res://addons/godot_rl/policies/policy.gd"
## The player acts, or the game's own control; only the episodes' ends are handled.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")


## See RLPolicy; the controllers' heuristic is "human".
func admit(controller: Node) -> String:
	super.admit(controller)
	controller.set_heuristic("human")
	return ""


## See RLPolicy.
func prepare() -> void:
	# Before the first decision nothing was done.
	var has_acted: int = int(_started)
	_started = true
	for controller: Node in agents:
		var episode: RLEpisode = controller.rl_episode
		if episode.is_held or episode.waits:
			controller.zero_reward()
			continue
		var ended: bool = episode.pending
		if episode.watch != null or not roster.when_ended.is_empty():
			var reward: float = episode.final_reward if ended else episode.take_reward()
			episode.total_reward += reward
			episode.decisions += has_acted
			if episode.watch != null:
				var info: Dictionary = episode.final_info if ended else episode.info()
				episode.watch.call("rewarded", reward, ended, info)
		if ended:
			roster.starts.end_taken(controller)
		controller.zero_reward()


## See RLPolicy.
func start_over() -> void:
	pass


## See RLPolicy.
func describe() -> String:
	return "player"
