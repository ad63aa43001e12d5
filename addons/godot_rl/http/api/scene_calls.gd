extends "res://addons/godot_rl/http/api/calls.gd"
## Calls that show, change and reload the scene.
##
## Scenes change between frames, never inside a decision. A run goes on over a reload: its agents'
## episodes are cut off, and the agents that come take their places. POST /scene begins a new run
## where HTTP drives; a trainer's run is bound to its scene.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Most nodes that GET /scene?depth= shows.
const MAX_NODES: int = 2000
## Frames after which a game's change of scene must have come about.
const MAX_FRAMES: int = 600


## See RLHttpCalls.
func table() -> Dictionary[String, Callable]:
	return {"getScene": _show, "postScene": _change, "postSceneReload": _reload}


func _show(request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	var told: Dictionary = _about_scene()
	var scene: Node = tree().current_scene
	if request.query.has("depth") and scene != null:
		var left: Array[int] = [MAX_NODES]
		told["tree"] = _branch(scene, request.query["depth"].to_int(), left)
	answer.tell(told)


func _about_scene() -> Dictionary:
	var scene: Node = tree().current_scene
	var session: RLSession = service.session()
	return {
		"scene_path": scene.scene_file_path if scene != null else "",
		"name": str(scene.name) if scene != null else "",
		"agents": agents().size(),
		"arenas": session.roster.arenas.size() if session != null else 0,
		"nodes": tree().get_node_count(),
	}


# A node and what is below it; counts down the nodes that may be shown.
func _branch(node: Node, depth: int, left: Array[int]) -> Dictionary:
	left[0] -= 1
	var told: Dictionary = {"name": str(node.name), "type": node.get_class()}
	var script: Script = node.get_script() as Script
	if script != null:
		told["script"] = script.resource_path
	if node is Node3D:
		told["position"] = (node as Node3D).position
	elif node is Node2D:
		told["position"] = (node as Node2D).position
	var children: Array = []
	for child: Node in node.get_children() if depth > 0 else []:
		if left[0] <= 0:
			break
		children.append(_branch(child, depth - 1, left))
	if not children.is_empty():
		told["children"] = children
	return told


func _change(_request: RLHttpRequest, body: Dictionary, answer: RLHttpAnswer) -> void:
	var path: String = body["scene_path"]
	if path != path.simplify_path() or path.contains("..") or path != path.strip_escapes():
		answer.refuse(404, "no_scene", "'scene_path' must be a plain path below res://")
	elif not ResourceLoader.exists(path, "PackedScene"):
		answer.refuse(404, "no_scene", "there is no scene %s in the project" % path)
	else:
		_go_to(path, answer)


func _reload(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	var scene: Node = tree().current_scene
	if scene == null or scene.scene_file_path.is_empty():
		answer.refuse(409, "no_scene", "the running scene was not loaded from a file")
	else:
		_go_to(scene.scene_file_path, answer, true)


func _go_to(path: String, answer: RLHttpAnswer, keeps_run: bool = false) -> void:
	if not service.jobs.is_empty():
		answer.refuse(409, "busy", "the scene is being changed, or a picture taken: try again")
		return
	var scene: Node = tree().current_scene
	var is_same: bool = scene != null and scene.scene_file_path == path
	match service.driver():
		"trainer":
			if is_same:
				service.jobs.append(_in_run.bind(answer))
			else:
				_refuse_run(answer, "a trainer plays this scene: end its run first, or reload it")
		"run":
			_refuse_run(answer, "an evaluation, a measurement or a replay plays this scene")
		"http" when keeps_run and service.session().is_running:
			service.jobs.append(_in_run.bind(answer))
		"http":
			service.jobs.append(_in_driven_run.bind(path, answer))
		_:
			service.jobs.append(_in_game.bind(path, [0], answer))
	service.expect(answer)


func _refuse_run(answer: RLHttpAnswer, why: String) -> void:
	answer.refuse(409, "run_goes_on", why)


# The arenas of a trainer's run are made anew; the session and its connection stay.
func _in_run(answer: RLHttpAnswer) -> bool:
	var problem: String = service.session().reload_arenas()
	if problem.is_empty():
		answer.tell(_about_scene())
	else:
		answer.refuse(409, "no_scene", problem)
	return true


func _in_driven_run(path: String, answer: RLHttpAnswer) -> bool:
	var packed: PackedScene = load(path) as PackedScene
	if packed == null or not packed.can_instantiate():
		answer.refuse(409, "no_scene", "%s cannot be loaded" % path)
		return true
	service.pipe.fail("scene_changed", "the scene was changed")
	service.sync.begin_run_in(packed, service.new_pipe())
	answer.tell(_about_scene())
	return true


# A game changes its scene as it would by itself, which takes a frame or more.
func _in_game(path: String, frames: Array, answer: RLHttpAnswer) -> bool:
	frames[0] += 1
	if frames[0] == 1:
		if tree().change_scene_to_file(path) != OK:
			answer.refuse(409, "no_scene", "%s cannot be loaded" % path)
		return answer.is_ready()
	var scene: Node = tree().current_scene
	if scene != null and scene.scene_file_path == path and scene.is_node_ready():
		answer.tell(_about_scene())
	elif frames[0] > MAX_FRAMES:
		answer.refuse(503, "timeout", "the scene did not come within %d frames" % MAX_FRAMES)
	return answer.is_ready()
