@tool
extends MeshInstance3D
## Line segments that show where a 3D sensor looks. Made by a sensor in the editor only; in a
## running game RLSensorView draws what it sees.

const RLSensorLines3D := preload("res://addons/godot_rl/sensors/sensors_3d/sensor_lines_3d.gd")


## Makes the helper as an internal child of [param sensor], so that no scene ever stores it.
static func make(sensor: Node3D, color: Color) -> RLSensorLines3D:
	var lines: RLSensorLines3D = RLSensorLines3D.new()
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	material.albedo_color = color
	lines.material_override = material
	lines.mesh = ImmediateMesh.new()
	lines.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	sensor.add_child(lines, false, Node.INTERNAL_MODE_BACK)
	return lines


## Replaces what is drawn: [param points] in pairs, in the frame of the sensor.
func show_segments(points: PackedVector3Array) -> void:
	var drawn: ImmediateMesh = mesh as ImmediateMesh
	drawn.clear_surfaces()
	if points.is_empty():
		return
	drawn.surface_begin(Mesh.PRIMITIVE_LINES)
	for point: Vector3 in points:
		drawn.surface_add_vertex(point)
	drawn.surface_end()
