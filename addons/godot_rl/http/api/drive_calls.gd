extends "res://addons/godot_rl/http/api/calls.gd"
## Calls that move the world: reset, action, step, pause.
##
## A reset or an action makes HTTP the trainer of a run, if a game was played until then. A run that
## somebody else drives, and a game that nobody drives, can be paused and stepped by ticks.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLTurn := preload("res://addons/godot_rl/http/turn.gd")


## See RLHttpCalls.
func table() -> Dictionary[String, Callable]:
	return {
		"postReset": _reset,
		"postAction": _act,
		"postStep": _step,
		"postPause": _pause,
	}


func _reset(_request: RLHttpRequest, body: Dictionary, answer: RLHttpAnswer) -> void:
	if not _may_drive(answer):
		return
	_push(RLTurn.RESET, body, answer)
	if service.pipe.is_free:
		_push(RLTurn.ACTION, {}, null)


func _act(_request: RLHttpRequest, body: Dictionary, answer: RLHttpAnswer) -> void:
	if not _may_drive(answer):
		return
	_push(RLTurn.ACTION, body, answer)


func _step(_request: RLHttpRequest, body: Dictionary, answer: RLHttpAnswer) -> void:
	if service.driver() == "http" and not body.has("ticks"):
		_act(_request, body, answer)
		return
	if service.driver() == "http":
		answer.refuse(409, "driven", "a driven run moves by decisions: send 'decisions'")
	elif not service.gate.is_shut:
		answer.refuse(409, "not_paused", "the world runs: POST /pause first, or POST /rl/reset")
	elif service.gate.is_passing():
		answer.refuse(409, "busy", "another step is under way")
	else:
		var repeat: int = service.sync.settings_now().action_repeat
		var ticks: int = int(body.get("ticks", int(body.get("decisions", 1)) * repeat))
		service.gate.grant(ticks)
		service.gate.passed.connect(
			func(passed: int) -> void: answer.tell({"ticks": passed}), CONNECT_ONE_SHOT
		)
		service.expect(answer)


func _pause(_request: RLHttpRequest, body: Dictionary, answer: RLHttpAnswer) -> void:
	var paused: bool = body.get("paused", true)
	if service.driver() == "http":
		service.pipe.is_free = not paused
		if not paused and not service.pipe.was_reset and not service.pipe.is_busy():
			_push(RLTurn.RESET, {}, null)
		if not paused:
			_push(RLTurn.ACTION, {}, null)
	elif paused:
		service.gate.shut()
	else:
		service.gate.open()
	answer.tell({"paused": paused, "driver": service.driver()})


# Whether HTTP may decide for the agents; a game becomes a run for it.
func _may_drive(answer: RLHttpAnswer) -> bool:
	if service.driver() in ["trainer", "run"]:
		answer.refuse(409, "run_goes_on", "another drives the agents: %s" % service.driver())
	elif service.sync.get_agents().is_empty():
		answer.refuse(
			409, "no_agents", "no AIController in the scene: POST /scene with one that has"
		)
	elif not service.jobs.is_empty():
		answer.refuse(409, "busy", "the scene is being changed")
	elif service.driver() != "http":
		service.gate.open()
		service.sync.begin_run(service.new_pipe())
	return not answer.is_ready()


func _push(type: String, body: Dictionary, answer: RLHttpAnswer) -> void:
	if type == RLTurn.ACTION and not service.pipe.was_reset and not service.pipe.is_busy():
		service.pipe.push(RLTurn.new(RLTurn.RESET, {}, _spaces, null))
	if not service.pipe.push(RLTurn.new(type, body, _spaces, answer)):
		if answer != null:
			answer.refuse(409, "busy", "too many requests wait for the agents")
	elif answer != null:
		service.expect(answer)


# The action spaces of the agents that HTTP plays, row by row.
func _spaces() -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for controller: Node in service.driven_policy().agents:
		found.append(controller.get_action_space())
	return found
