extends "res://addons/godot_rl/policies/policy.gd"
## The player acts; only the episodes' ends are handled.


## See RLPolicy; the controllers' heuristic is "human".
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	super.take_over(members, of_roster)
	for controller: Node in agents:
		controller.set_heuristic("human")
	return true


## See RLPolicy.
func decide() -> Next:
	for controller: Node in agents:
		if controller.rl_episode.pending:
			roster.begin_next(controller)
		controller.zero_reward()
	return Next.RUN
