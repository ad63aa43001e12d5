class_name UIView
extends "res://scenes/shared/scene_view.gd"
## Everything that only a spectator, a person who plays or a wearer sees of the menu's scene.
##
## Only the first view in a window has a camera and the display.

const GROUP: StringName = &"ui_view"
## Where the parts are: loaded only where somebody looks.
const PARTS: String = "res://scenes/ui_interaction/view/"

@export var player: UIPlayer
@export var stage: UIStage
@export var controller: UIInteractionController


## Adds the parts that this view shows.
func build() -> void:
	var is_first: bool = enter(GROUP)
	add_parts(PARTS, ["ui_room.gd", "ui_hands_view.gd"])
	if is_first:
		add_parts(PARTS, ["ui_screen.gd"])
