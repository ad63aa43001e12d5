extends "res://addons/godot_rl/http/api/calls.gd"
## Calls that look at the agents, and at environment parameters.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")


## See RLHttpCalls.
func table() -> Dictionary[String, Callable]:
	return {
		"getObservation": _observation,
		"getState": _state,
		"getParameters": _tell_parameters,
		"postParameters": _set_parameters,
	}


# What each agent saw at its last decision: nothing is observed anew, so that nothing changes. Where
# nobody observes (a player acts), the controller is asked.
func _observation(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	var told: Array = []
	var all: Array[Node] = agents()
	for i: int in all.size():
		var policy: RLPolicy = all[i].rl_episode.policy
		var seen: Dictionary = policy.last_seen(all[i]) if policy != null else {}
		var row: Dictionary = _named(i, all[i])
		row["at_decision"] = not seen.is_empty()
		if seen.is_empty():
			var now: Variant = all[i].get_obs() if not all[i] is RLAbsentAgent else {}
			seen = now if now is Dictionary else {}
		row["observation"] = _readable(seen)
		row["names"] = all[i].get_observation_names()
		told.append(row)
	answer.tell({"agents": told})


func _state(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	var told: Array = []
	var all: Array[Node] = agents()
	for i: int in all.size():
		told.append(_state_of(i, all[i]))
	var session: RLSession = service.session()
	(
		answer
		. tell(
			{
				"driver": service.driver(),
				"tick": service.tick(),
				"action_repeat": service.sync.settings_now().action_repeat,
				"agents": told,
			}
		)
	)


func _state_of(i: int, controller: Node) -> Dictionary:
	var episode: RLEpisode = controller.rl_episode
	var policy: RLPolicy = episode.policy
	var told: Dictionary = _named(i, controller)
	told["arena"] = controller.arena_index
	told["decides"] = policy.describe() if policy != null else "nobody"
	told["is_driven"] = policy != null and policy == service.driven_policy()
	told["episode"] = episode.index()
	told["seed"] = episode.episode_seed() if episode.index() >= 0 else -1
	told["decisions"] = episode.decisions
	told["ticks"] = episode.steps.count()
	told["total_reward"] = episode.total_reward
	told["done"] = episode.done
	told["absent"] = controller is RLAbsentAgent
	told["parameters"] = episode.parameters
	told["action_space"] = controller.get_action_space()
	told["observation_space"] = RLObservationStack.space_of(controller)
	return told


func _named(i: int, controller: Node) -> Dictionary:
	var path: String = str(controller.get("path"))
	if controller.is_inside_tree():
		path = str(controller.get_path())
	return {"agent": i, "path": path, "group": controller.policy_name}


# Images as hexadecimal digits, as JSON transports tell them.
static func _readable(observation: Dictionary) -> Dictionary:
	var told: Dictionary = {}
	for key: Variant in observation:
		var value: Variant = observation[key]
		told[key] = (value as PackedByteArray).hex_encode() if value is PackedByteArray else value
	return told


func _tell_parameters(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	var parameters: RLParameters = RLParameters.shared()
	var session: RLSession = service.session()
	var told: Array = []
	for i: int in session.roster.arenas.size() if session != null else 0:
		(
			told
			. append(
				{
					"running": parameters.of_arena(i),
					"next": parameters.fixed_for(i),
					"samplers": parameters.samplers_in(i),
				}
			)
		)
	answer.tell({"known": parameters.known(), "arenas": told})


func _set_parameters(request: RLHttpRequest, body: Dictionary, answer: RLHttpAnswer) -> void:
	var parameters: RLParameters = RLParameters.shared()
	var chosen: Array = body.get("arenas", [])
	var count: int = 0 if service.session() == null else service.session().roster.arenas.size()
	var problem: String = ""
	for number: Variant in chosen:
		if int(number) >= count:
			problem = "arena %d does not exist: there are %d" % [int(number), count]
	# An empty list means all of them to RLParameters, and none here.
	if problem.is_empty() and not (body.has("arenas") and chosen.is_empty()):
		problem = parameters.set_values(body["values"], chosen)
	if problem.is_empty():
		_tell_parameters(request, body, answer)
	else:
		answer.refuse(400, "invalid_parameters", problem.strip_escapes())
