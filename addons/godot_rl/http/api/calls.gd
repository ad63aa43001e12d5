extends RefCounted
## Base of the HTTP API's calls: each handles some operations of openapi.json by their
## `operationId`.
##
## RLHttpApi makes them and hands over what fits the file. A call answers at once, or keeps the
## answer and gives it later.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLHttpAnswer := preload("res://addons/godot_rl/http/answer.gd")
const RLHttpRequest := preload("res://addons/godot_rl/http/request.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLSession := preload("res://addons/godot_rl/session/session.gd")

## The RLHttpService.
var service: Node


func _init(of_service: Node) -> void:
	service = of_service


## operationId to Callable(RLHttpRequest, body: Dictionary, RLHttpAnswer).
func table() -> Dictionary[String, Callable]:
	return {}


## The agents of the session, in the order of the rows that a trainer plays, the others behind them;
## without a session those in the tree.
func agents() -> Array[Node]:
	var found: Array[Node] = []
	var session: RLSession = service.session()
	if session == null or session.roster.agents.is_empty():
		return service.sync.get_agents()
	for policy: RLPolicy in session.policies():
		if policy.keeps_places:
			found.append_array(policy.agents)
	for controller: Node in session.roster.agents:
		if controller not in found:
			found.append(controller)
	return found


func tree() -> SceneTree:
	return service.get_tree()
