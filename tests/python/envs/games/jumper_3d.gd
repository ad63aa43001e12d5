extends AIController3D
## Jumps to the side that its action names, in the tick before the decision; a picture taken at the
## decision shows a lagging renderer by the wrong side.

@export var box: Node3D

var wish: float = 0.0


func _physics_process(delta: float) -> void:
	super._physics_process(delta)
	box.position.x = wish


func begin_episode(_episode_seed: int) -> void:
	wish = 0.0


func get_obs() -> Dictionary:
	return {"obs": [box.position.x]}


func get_action_space() -> Dictionary:
	return {"side": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	wish = signf(action["side"][0])
