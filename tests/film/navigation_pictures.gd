extends "res://tests/film/picture_taker.gd"
## Takes one picture of VR navigation for each course; make_navigation_pictures.py starts it. What
## is wanted: KIND:DIFFICULTY:SEED:SECONDS[:MODE].
##
## A driver by rule walks the player for that many seconds, then the window is saved as
## KINDMODE.png. MODE "inside" is the view of who plays, "teleport" the same with a teleport that is
## aimed.

const Screen := preload("res://scenes/vr_navigation/view/screen.gd")
const SCENE: String = "res://scenes/vr_navigation/vr_navigation.tscn"

var _controller: VRNavigationController


func open() -> void:
	_controller = add_scene(SCENE).get_node("Player/AIController3D")
	_controller.heuristic = "model"


func take(parts: PackedStringArray) -> void:
	_controller.course_kind = int(parts[0])
	_controller.difficulty = float(parts[1])
	begin(_controller, int(parts[2]))
	for decision: int in roundi(float(parts[3]) * 90.0 / REPEAT):
		_controller.set_action(NavDownhillDriver.decide(_controller))
		await pass_decision()
	if parts[4] == "teleport":
		await _aim()
	(_controller.get_node("../../View/Screen") as Screen).is_inside = not parts[4].is_empty()
	await save(parts[0] + parts[4])


func _aim() -> void:
	_controller.player.locomotion.walking = NavLocomotion.Walking.TELEPORT
	_controller.set_action({"horizontal": [0.15], "vertical": [0.8], "rotation": [0.0]})
	for tick: int in 40:
		await physics_frame
