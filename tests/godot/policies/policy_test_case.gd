class_name RLPolicyTestCase
extends GodotTestCase
## Base of the tests that play the exported policies of models/ (written by make_models.py).

const RLActionPicker := preload("res://addons/godot_rl/policies/action_picker.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLOnnxPolicy := preload("res://addons/godot_rl/policies/onnx_policy.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const CONTROLLER: GDScript = preload("res://tests/godot/fixtures/scripted_controller.gd")
const FOLDER: String = "res://tests/godot/policies/models"
const TOLERANCE: float = 1e-5
const MOVE: Dictionary = {"move": {"size": 3, "action_type": "continuous"}}
const BRANCHES: Dictionary = {
	"turn": {"size": 3, "action_type": "discrete"}, "jump": {"size": 2, "action_type": "discrete"}
}


## A policy whose agents never forget.
class Unforgetting:
	extends RLOnnxPolicy
	var began: bool = false

	func _begin_episodes() -> void:
		if not began:
			super._begin_episodes()
		began = true


## What Stable-Baselines3 was shown and did.
func _told(name: String) -> Dictionary:
	return JSON.parse_string(FileAccess.get_file_as_string(FOLDER.path_join(name + ".json")))


func _policy(name: String, sampled: bool = false) -> RLOnnxPolicy:
	return RLOnnxPolicy.new(FOLDER.path_join(name + ".onnx"), null, sampled)


## An agent for each observation, all of whose choices are allowed.
func _roster(observations: Array, space: Dictionary, run_seed: int = 1) -> RLRoster:
	var arena: Node = Node.new()
	add_child(arena)
	for observation: Array in observations:
		var controller: Node = CONTROLLER.new()
		controller.observation = observation
		controller.space = space
		controller.masks = []
		for i: int in RLActionPicker.mask_size(space):
			controller.masks.append(true)
		arena.add_child(controller)
		controller.set_physics_process(false)
	var roster: RLRoster = RLRoster.new()
	roster.collect([arena], RLLaunchOptions.parse(["--rl.env_seed=%d" % run_seed]))
	roster.begin_all()
	return roster


## A tick passes in which the episodes of [param agents] end.
func _end_episodes(roster: RLRoster, agents: Array[Node]) -> void:
	for agent: Node in agents:
		agent.terminated = true
	roster.advance()
