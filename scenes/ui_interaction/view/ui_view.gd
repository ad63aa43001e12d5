class_name UIView
extends Node3D
## Everything that only a spectator, a person who plays or a wearer sees of the menu's scene.
##
## It frees itself where nothing is drawn, before any of its parts is loaded, so training pays
## nothing for it. Its parts read the scene and never change it. Only the first view in a window has
## a camera and the display.

const GROUP: StringName = &"ui_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/ui_interaction/view/"

@export var player: UIPlayer
@export var stage: UIStage
@export var controller: UIInteractionController


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		return
	var is_first: bool = get_tree().get_nodes_in_group(GROUP).is_empty()
	add_to_group(GROUP)
	add_part("ui_room.gd")
	add_part("ui_hands_view.gd")
	if is_first:
		add_part("ui_screen.gd")


## Adds a part of the view: a script of that folder that takes this view as its only argument.
func add_part(file: String) -> Node:
	var script: GDScript = load(PARTS + file)
	var part: Node = script.new(self)
	add_child(part)
	return part
