@tool
@icon("res://addons/godot_rl/icons/sensor_3d.svg")
class_name ISensor3D
extends Node3D
## Base of every 3D sensor: what a controller may ask of one.
##
## A sensor tells its shape, its size and its names before any value, and reading it changes
## nothing: two reads in a row give the same values. A controller calls [method get_observation] (an
## Array, as in the stock plugin) or, for speed, [method write_observation] into a buffer of its
## own. A subclass writes [method get_observation] at least; sensors of this addon write the rest as
## well.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLSensorSketch := preload("res://addons/godot_rl/sensors/sensor_sketch.gd")
const RLSensorTools := preload("res://addons/godot_rl/sensors/sensor_tools.gd")


func _ready() -> void:
	# Deferred, so that what other nodes set in their _ready() counts.
	_report_problems.call_deferred()
	RLSensorTools.draw_with_shapes(self)


func _get_configuration_warnings() -> PackedStringArray:
	return PackedStringArray(configuration_problems())


## What is wrong with the settings, one sentence each; empty when all is well. The editor shows them
## as warnings, a running game reports them as errors.
func configuration_problems() -> Array[String]:
	return []


## The values, each a float. To be written by the subclass.
func get_observation() -> Array:
	var script: Script = get_script() as Script
	RLLog.error("%s: %s must override get_observation()" % [get_path(), script.resource_path])
	return []


## The values as one packed array of [method observation_size] floats.
func get_packed_observation() -> PackedFloat32Array:
	var buffer: PackedFloat32Array = []
	buffer.resize(observation_size())
	write_observation(buffer, 0)
	return buffer


## Writes the values into [param buffer] from [param offset] on and returns how many were written.
## The caller's array is filled (packed arrays are passed by reference); it must be large enough.
func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	var values: Array = get_observation()
	for i: int in values.size():
		buffer[offset + i] = values[i]
	return values.size()


## How many values one read gives.
func observation_size() -> int:
	return get_observation().size()


## One name for each value, in order: the node's name in snake case, "/", and the value's own name.
func observation_names() -> PackedStringArray:
	return RLSensorTools.numbered_names(self, observation_size())


## The shape of the values; their product is [method observation_size].
func shape() -> PackedInt32Array:
	return PackedInt32Array([observation_size()])


## Tells [param onto] what the sensor sees now, in coordinates of its world. Called while it is
## drawn, for nothing else: it changes nothing that is observed.
func sketch(_onto: RLSensorSketch) -> void:
	pass


## Whether it is drawn in a game that runs with visible collision shapes. The debug overlay draws
## the chosen agent's sensors in any case.
func is_drawn_with_shapes() -> bool:
	return true


## Kept for scripts written for the stock plugin; a sensor is read on demand and needs no
## activation.
func activate() -> void:
	pass


## Kept for scripts written for the stock plugin; see [method activate].
func deactivate() -> void:
	pass


## Called by a controller at the start of an episode. A sensor that keeps something overrides it;
## those of this addon keep nothing.
func reset() -> void:
	pass


func _report_problems() -> void:
	RLSensorTools.report(self, PackedStringArray(configuration_problems()))
