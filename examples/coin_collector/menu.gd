extends Control
## The first scene: play with the arrow keys, or watch the policy. `-- --demo` on the command line
## watches three rounds and quits.

@onready var play: Button = $Play
@onready var watch: Button = $Watch


func _ready() -> void:
	play.pressed.connect(_start.bind(false))
	watch.pressed.connect(_start.bind(true))
	play.grab_focus()
	if "--demo" in OS.get_cmdline_user_args():
		Level.rounds_to_play = 3
		_start.call_deferred(true)


func _start(is_watched: bool) -> void:
	Level.is_watched = is_watched
	get_tree().change_scene_to_file("res://level.tscn")
