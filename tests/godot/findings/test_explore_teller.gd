extends GodotTestCase
## What an explorer is told of agents: cell, place, out of the world.

const RLExploreTeller := preload("res://addons/godot_rl/findings/explore_teller.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const COUNTER: GDScript = preload("res://tests/godot/fixtures/counter_controller.gd")


class CellController:
	extends "res://tests/godot/fixtures/counter_controller.gd"

	func get_cell() -> String:
		return "menu/audio"


func test_without_an_explorer_nothing_is_told() -> void:
	var roster: RLRoster = _roster_of(CellController.new(), null)
	check_equal(RLStepBatch.take(roster.agents, roster).infos[0].has("explore"), false)


func test_cell_and_place_are_told() -> void:
	var body: CharacterBody3D = CharacterBody3D.new()
	var controller: Node = CellController.new()
	var roster: RLRoster = _roster_of(controller, body)
	body.position = Vector3(1.0, 2.0, 3.0)
	(roster.arena_roots[0] as Node3D).position = Vector3(100.0, 0.0, 0.0)
	var told: Dictionary = _told(roster)
	check_equal(told["cell"], "menu/audio")
	check_equal(told["place"], [1.0, 2.0, 3.0], "below the arena's root")
	check_equal(told.has("outside"), false, "a world without colliders has no end")


func test_who_falls_out_of_the_world_is_told() -> void:
	var body: CharacterBody3D = CharacterBody3D.new()
	var roster: RLRoster = _roster_of(COUNTER.new(), body)
	var floor_body: StaticBody3D = StaticBody3D.new()
	var shape: CollisionShape3D = CollisionShape3D.new()
	shape.shape = BoxShape3D.new()
	(shape.shape as BoxShape3D).size = Vector3(20.0, 1.0, 20.0)
	floor_body.add_child(shape)
	roster.arena_roots[0].add_child(floor_body)
	check_equal(_told(roster).has("cell"), false, "the controller has no cells")
	body.position.y = -5.0
	check_equal(_told(roster).has("outside"), false, "just below the edge")
	body.position.y = -6.0
	check_equal(_told(roster)["outside"], "below the lowest collider")
	body.position = Vector3(1000.0, 0.0, 0.0)
	check_equal(_told(roster)["outside"], "far from every collider")
	floor_body.position.x = 900.0
	for i: int in 11:
		_told(roster)
	check_equal(_told(roster).has("outside"), false, "the world has grown")
	body.position = Vector3(NAN, 0.0, 0.0)
	check_equal(_told(roster)["outside"].begins_with("no number"), true)
	check_equal(_told(roster).has("place"), false)


func test_warnings_of_the_monitor_become_findings() -> void:
	var monitor: Node = get_node_or_null("/root/VoxelPerformanceMonitor")
	if monitor == null:
		return
	var roster: RLRoster = _roster_of(COUNTER.new(), null)
	_told(roster)
	monitor.emit_signal("warning_added", {"kind": "memory", "message": "too much", "tick": 0})
	check_equal(RLStepBatch.take(roster.agents, roster).infos[0]["findings"][0]["kind"], "memory")


func _told(roster: RLRoster) -> Dictionary:
	RLStepBatch.teller = RLStepBatch.teller if RLStepBatch.teller else RLExploreTeller.new(roster)
	var told: Dictionary = RLStepBatch.take(roster.agents, roster).infos[0]["explore"]
	return told


func _exit_tree() -> void:
	RLStepBatch.teller = null


func _roster_of(controller: Node, body: Node) -> RLRoster:
	var root: Node3D = Node3D.new()
	add_child(root)
	if body == null:
		root.add_child(controller)
	else:
		root.add_child(body)
		body.add_child(controller)
	controller.set_physics_process(false)
	var roster: RLRoster = RLRoster.new()
	roster.starts.parameters = RLParameters.shared()
	roster.collect([root], RLLaunchOptions.parse(PackedStringArray()))
	controller.rl_episode.captures = true
	roster.begin_all()
	controller.rl_episode.will_act()
	return roster
