@tool
@icon("res://addons/godot_rl/icons/raycast_sensor_3d.svg")
class_name RayCastSensor3D
extends ISensor3D
## A fan of rays along the sensor's +Z axis, cast only when the sensor is read.
##
## Called by a controller in get_obs(). One internal RayCast3D is aimed along every ray in turn:
## that costs a quarter of a direct space-state query and, unlike one node a ray, nothing on ticks
## without a read (figures: docs/studies/costs.md). Bodies moved in the same tick are seen where
## they are once they had force_update_transform(), kinematic ones once they had
## RLPlacement.settle(). The sensor's scale is ignored: lengths are metres.
##
## Order of the values: columns from -X to +X, in each the rows from bottom to top; after each ray
## value comes its class value if [member class_sensor] is on.

const RLSensorLines3D := preload("res://addons/godot_rl/sensors/sensors_3d/sensor_lines_3d.gd")

## Physics layers that the rays hit.
@export_flags_3d_physics var collision_mask: int = 1:
	set(value):
		collision_mask = value
		_changed()
## Layers whose hit makes the class value 1; used when [member class_sensor] is on.
@export_flags_3d_physics var boolean_class_mask: int = 1:
	set(value):
		boolean_class_mask = value
		_changed()
## Number of columns of rays, at least 1.
@export_range(1, 64, 1, "or_greater") var n_rays_width: int = 6:
	set(value):
		n_rays_width = value
		_changed()
## Number of rows of rays, at least 1.
@export_range(1, 64, 1, "or_greater") var n_rays_height: int = 6:
	set(value):
		n_rays_height = value
		_changed()
## Length of each ray in metres, above 0.
@export_range(0.1, 200.0, 0.1, "or_greater", "suffix:m") var ray_length: float = 10.0:
	set(value):
		ray_length = value
		_changed()
## Horizontal opening of the fan in degrees, in [0, 360].
@export_range(0.0, 360.0, 0.1, "degrees") var cone_width: float = 60.0:
	set(value):
		cone_width = value
		_changed()
## Vertical opening of the fan in degrees, in [0, 180].
@export_range(0.0, 180.0, 0.1, "degrees") var cone_height: float = 60.0:
	set(value):
		cone_height = value
		_changed()
## Whether the rays hit areas.
@export var collide_with_areas: bool = false:
	set(value):
		collide_with_areas = value
		_changed()
## Whether the rays hit bodies.
@export var collide_with_bodies: bool = true:
	set(value):
		collide_with_bodies = value
		_changed()
## Adds to each ray a value that is 1 when the hit collider is on a layer of both
## [member collision_mask] and [member boolean_class_mask], else 0.
@export var class_sensor: bool = false
## What a ray value means: closeness as in the stock plugin, or distance; both in [0, 1].
@export var ray_value: RLSensorTools.RLRayValue = RLSensorTools.RLRayValue.CLOSENESS
## Whether the rays pass through the bodies and areas that carry the sensor. Off in the stock
## plugin.
@export var exclude_carriers: bool = false:
	set(value):
		exclude_carriers = value
		_changed()

var _directions: PackedVector3Array = []
var _ray: RayCast3D
var _lines: RLSensorLines3D


func _enter_tree() -> void:
	_changed()


func _ready() -> void:
	super()
	RLSensorTools.free_stored_nodes(self, &"RayCast3D", "node_")
	_changed()


func configuration_problems() -> Array[String]:
	var problems: Array[String] = RLSensorTools.query_problems(
		collision_mask, collide_with_bodies, collide_with_areas, "collision_mask"
	)
	if n_rays_width < 1 or n_rays_height < 1:
		problems.append("n_rays_width and n_rays_height must be at least 1")
	if ray_length <= 0.0:
		problems.append("ray_length is %s m; it must be above 0" % ray_length)
	return problems


func get_observation() -> Array:
	return Array(get_packed_observation())


## Kept for scripts written for the stock plugin: the same as [method get_observation].
func calculate_raycasts() -> Array:
	return get_observation()


func write_observation(buffer: PackedFloat32Array, offset: int) -> int:
	if _ray == null:
		RLLog.error("%s was read before it was ready; wait for its _ready()" % name)
		return 0
	var frame: Transform3D = global_transform.orthonormalized()
	var origin: Vector3 = frame.origin
	var length: float = maxf(ray_length, RLSensorTools.SMALLEST_LENGTH)
	var as_distance: bool = ray_value == RLSensorTools.RLRayValue.DISTANCE
	var at: int = offset
	_ray.global_transform = frame
	for direction: Vector3 in _directions:
		_ray.target_position = direction
		_ray.force_raycast_update()
		var hit: bool = _ray.is_colliding()
		var part: float = 1.0
		if hit:
			part = minf(origin.distance_to(_ray.get_collision_point()) / length, 1.0)
		buffer[at] = part if as_distance else 1.0 - part
		at += 1
		if class_sensor:
			buffer[at] = _class_of_hit() if hit else 0.0
			at += 1
	return at - offset


## See [method ISensor3D.sketch]: each ray up to what it hits, coloured by closeness.
func sketch(onto: RLSensorSketch) -> void:
	if _ray == null:
		return
	var frame: Transform3D = global_transform.orthonormalized()
	_ray.global_transform = frame
	for direction: Vector3 in _directions:
		_ray.target_position = direction
		_ray.force_raycast_update()
		if _ray.is_colliding():
			var end: Vector3 = _ray.get_collision_point()
			var part: float = frame.origin.distance_to(end) / direction.length()
			onto.ray(frame.origin, end, 1.0 - minf(part, 1.0))
		else:
			onto.ray(frame.origin, frame * direction, -1.0)


func observation_size() -> int:
	return maxi(n_rays_width, 0) * maxi(n_rays_height, 0) * (2 if class_sensor else 1)


func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	var prefix: String = RLSensorTools.prefix(self)
	for column: int in n_rays_width:
		for row: int in n_rays_height:
			names.append("%sray_%d_%d" % [prefix, column, row])
			if class_sensor:
				names.append("%sray_%d_%d_class" % [prefix, column, row])
	return names


func _changed() -> void:
	if not is_node_ready():
		return
	update_configuration_warnings()
	_directions = _make_directions()
	if Engine.is_editor_hint():
		_draw_rays()
		return
	if _ray == null:
		_ray = RayCast3D.new()
		_ray.enabled = false
		_ray.top_level = true
		add_child(_ray, false, Node.INTERNAL_MODE_FRONT)
	_ray.collision_mask = collision_mask
	_ray.collide_with_areas = collide_with_areas
	_ray.collide_with_bodies = collide_with_bodies
	_ray.clear_exceptions()
	if exclude_carriers:
		for carrier: Node in RLSensorTools.carriers(self):
			_ray.add_exception(carrier as CollisionObject3D)


func _make_directions() -> PackedVector3Array:
	var directions: PackedVector3Array = []
	var length: float = maxf(ray_length, RLSensorTools.SMALLEST_LENGTH)
	for yaw: float in RLSensorTools.fan(n_rays_width, cone_width):
		for pitch: float in RLSensorTools.fan(n_rays_height, cone_height):
			var flat: Vector3 = Vector3(sin(yaw), 0.0, cos(yaw)) * cos(pitch)
			directions.append((flat + Vector3.UP * sin(pitch)) * length)
	return directions


func _class_of_hit() -> float:
	var rid: RID = _ray.get_collider_rid()
	var layers: int = 0
	if _ray.get_collider() is Area3D:
		layers = PhysicsServer3D.area_get_collision_layer(rid)
	elif rid.is_valid():
		layers = PhysicsServer3D.body_get_collision_layer(rid)
	return 1.0 if layers & collision_mask & boolean_class_mask else 0.0


func _draw_rays() -> void:
	if _lines == null:
		_lines = RLSensorLines3D.make(self, Color.AQUA)
	var points: PackedVector3Array = []
	for direction: Vector3 in _directions:
		points.append(Vector3.ZERO)
		points.append(direction)
	_lines.show_segments(points)
