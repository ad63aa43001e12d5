@tool
@icon("res://addons/godot_rl/icons/position_sensor_3d.svg")
class_name PositionSensor3D
extends ISensor3D
## Where chosen objects are, in the sensor's own frame (its rotation and scale included).
##
## Called by a controller in get_obs(). For each object, in the order of [member
## objects_to_observe]: its relative position, limited in length to [member max_distance] and
## divided by it, so that each value is in [-1, 1]; or, with [member use_separate_direction], its
## unit direction and then its distance in [0, 1]. An object that is not set or was freed gives
## zeros, as in the stock plugin.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## The objects to observe. The number of values follows from how many there are.
@export var objects_to_observe: Array[Node3D] = []:
	set(value):
		objects_to_observe = value
		update_configuration_warnings()
## Whether to include the relative x.
@export var include_x: bool = true
## Whether to include the relative y.
@export var include_y: bool = true
## Whether to include the relative z.
@export var include_z: bool = true
## Distance in metres that is written as 1; what is farther is written as if it were this far. Above
## 0. A value much larger than needed makes the observation small.
@export_range(0.01, 2500.0, 0.01, "or_greater", "suffix:m") var max_distance: float = 1.0:
	set(value):
		max_distance = value
		update_configuration_warnings()
## Whether to write direction and distance apart instead of the scaled relative position.
@export var use_separate_direction: bool = false
## Whether to draw a line to each object when visible collision shapes are on.
@export var debug_lines: bool = true
## Colour of those lines.
@export var debug_color: Color = Color.GREEN


func _get_configuration_warnings() -> PackedStringArray:
	# Only in the editor: a game may well fill the list, or free its objects, while it runs.
	var problems: PackedStringArray = super()
	if objects_to_observe.is_empty():
		problems.append("objects_to_observe is empty; add the nodes whose position matters")
	for index: int in objects_to_observe.size():
		if not is_instance_valid(objects_to_observe[index]):
			problems.append("objects_to_observe[%d] is not set and will be read as zeros" % index)
	return problems


func configuration_problems() -> Array[String]:
	var problems: Array[String] = []
	if max_distance <= 0.0:
		problems.append("max_distance is %s m; it must be above 0" % max_distance)
	if not (include_x or include_y or include_z or use_separate_direction):
		problems.append("nothing is included; switch on at least one axis")
	return problems


func get_observation() -> Array:
	return Array(get_packed_observation())


func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	var limit: float = maxf(max_distance, RLSensorTools.SMALLEST_LENGTH)
	var at: int = offset
	# Untyped on purpose: a freed object cannot be given to a typed loop variable.
	for object: Variant in objects_to_observe:
		var relative: Vector3 = Vector3.ZERO
		if is_instance_valid(object):
			relative = _relative_position(object)
		var written: Vector3
		if use_separate_direction:
			written = relative.normalized()
		else:
			written = relative.limit_length(limit) / limit
		if include_x:
			buffer[at] = written.x
			at += 1
		if include_y:
			buffer[at] = written.y
			at += 1
		if include_z:
			buffer[at] = written.z
			at += 1
		if use_separate_direction:
			buffer[at] = minf(relative.length() / limit, 1.0)
			at += 1
	return at - offset


## See [method ISensor3D.sketch]: a line to each object.
func sketch(onto: RLSensorSketch) -> void:
	for object: Variant in objects_to_observe:
		if is_instance_valid(object) and (object as Node3D).is_inside_tree():
			onto.line(global_position, (object as Node3D).global_position, debug_color)
			onto.point((object as Node3D).global_position, debug_color)


func is_drawn_with_shapes() -> bool:
	return debug_lines


func observation_size() -> int:
	var each: int = int(include_x) + int(include_y) + int(include_z) + int(use_separate_direction)
	return objects_to_observe.size() * each


func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	var kind: String = "direction_" if use_separate_direction else ""
	for index: int in objects_to_observe.size():
		var start: String = "%sobject_%d_" % [RLSensorTools.prefix(self), index]
		if include_x:
			names.append(start + kind + "x")
		if include_y:
			names.append(start + kind + "y")
		if include_z:
			names.append(start + kind + "z")
		if use_separate_direction:
			names.append(start + "distance")
	return names


func _relative_position(object: Node3D) -> Vector3:
	return to_local(object.global_position)
