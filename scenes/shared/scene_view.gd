extends Node3D
## What only people see of a scene, in parts: the views of the scenes extend it.
##
## It frees itself where nothing is drawn, before any of its parts is loaded, so training pays
## nothing for it. Its parts read the scene and never change it.


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		return
	# It goes on drawing where the scene stands still: in a window that watches a run.
	add_to_group(&"RL_VIEW")
	build()


## Adds the parts that this view shows. Each view writes its own.
func build() -> void:
	pass


## Enters [param group]; whether it is the first view there, which gets camera and display.
func enter(group: StringName) -> bool:
	var is_first: bool = get_tree().get_nodes_in_group(group).is_empty()
	add_to_group(group)
	return is_first


## Whether it is in a world of its own, which needs its own light.
func has_own_world() -> bool:
	return get_world_3d() != get_tree().root.find_world_3d()


## Adds parts: scripts in [param folder] that take this view as their only argument. They are loaded
## only here, where somebody looks.
func add_parts(folder: String, files: PackedStringArray) -> void:
	for file: String in files:
		var script: GDScript = load(folder + file)
		var part: Node = script.new(self)
		add_child(part)
