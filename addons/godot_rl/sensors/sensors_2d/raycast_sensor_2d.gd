@tool
@icon("res://addons/godot_rl/icons/raycast_sensor_2d.svg")
class_name RaycastSensor2D
extends ISensor2D
## A fan of rays around the sensor's +X axis, cast only when the sensor is read.
##
## Called by a controller in get_obs(). One internal RayCast2D is aimed along every ray in turn, as
## in [RayCastSensor3D]. Bodies moved in the same tick are seen where they are once they had
## force_update_transform(), kinematic ones once they had RLPlacement.settle_2d(). The sensor's
## scale is ignored: lengths are pixels of the world.
##
## Order of the values: by angle, from -cone_width / 2 to +cone_width / 2 (clockwise on screen);
## after each ray value comes its class value if [member class_sensor] is on.

## Physics layers that the rays hit.
@export_flags_2d_physics var collision_mask: int = 1:
	set(value):
		collision_mask = value
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
## Number of rays, at least 1.
@export_range(1, 256, 1, "or_greater") var n_rays: int = 16:
	set(value):
		n_rays = value
		_changed()
## Length of each ray in pixels, above 0.
@export_range(5.0, 3000.0, 5.0, "or_greater", "suffix:px") var ray_length: float = 200.0:
	set(value):
		ray_length = value
		_changed()
## Opening of the fan in degrees, in [0, 360].
@export_range(0.0, 360.0, 0.1, "degrees") var cone_width: float = 360.0:
	set(value):
		cone_width = value
		_changed()
## Whether to draw the rays in the editor and when visible collision shapes are on.
@export var debug_draw: bool = true:
	set(value):
		debug_draw = value
		_changed()
## Layers whose hit makes the class value 1; used when [member class_sensor] is on.
@export_flags_2d_physics var boolean_class_mask: int = 1
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

var _directions: PackedVector2Array = []
var _ray: RayCast2D


func _enter_tree() -> void:
	_changed()


func _ready() -> void:
	super()
	RLSensorTools.free_stored_nodes(self, &"RayCast2D", "node_")
	_changed()


func _draw() -> void:
	if debug_draw and Engine.is_editor_hint():
		for direction: Vector2 in _directions:
			draw_line(Vector2.ZERO, direction, Color.AQUA)


func configuration_problems() -> Array[String]:
	var problems: Array[String] = RLSensorTools.query_problems(
		collision_mask, collide_with_bodies, collide_with_areas, "collision_mask"
	)
	if n_rays < 1:
		problems.append("n_rays must be at least 1")
	if ray_length <= 0.0:
		problems.append("ray_length is %s px; it must be above 0" % ray_length)
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
	var frame: Transform2D = global_transform.orthonormalized()
	var origin: Vector2 = frame.origin
	var length: float = maxf(ray_length, RLSensorTools.SMALLEST_LENGTH)
	var as_distance: bool = ray_value == RLSensorTools.RLRayValue.DISTANCE
	var at: int = offset
	_ray.global_transform = frame
	for direction: Vector2 in _directions:
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


## See [method ISensor2D.sketch]: each ray up to what it hits, coloured by closeness.
func sketch(onto: RLSensorSketch) -> void:
	if _ray == null:
		return
	var frame: Transform2D = global_transform.orthonormalized()
	var origin: Vector3 = RLSensorSketch.flat(frame.origin)
	_ray.global_transform = frame
	for direction: Vector2 in _directions:
		_ray.target_position = direction
		_ray.force_raycast_update()
		if _ray.is_colliding():
			var end: Vector2 = _ray.get_collision_point()
			var part: float = frame.origin.distance_to(end) / direction.length()
			onto.ray(origin, RLSensorSketch.flat(end), 1.0 - minf(part, 1.0))
		else:
			onto.ray(origin, RLSensorSketch.flat(frame * direction), -1.0)


func is_drawn_with_shapes() -> bool:
	return debug_draw


func observation_size() -> int:
	return maxi(n_rays, 0) * (2 if class_sensor else 1)


func observation_names() -> PackedStringArray:
	var names: PackedStringArray = []
	var prefix: String = RLSensorTools.prefix(self)
	for index: int in n_rays:
		names.append("%sray_%d" % [prefix, index])
		if class_sensor:
			names.append("%sray_%d_class" % [prefix, index])
	return names


func _changed() -> void:
	if not is_node_ready():
		return
	update_configuration_warnings()
	_directions = _make_directions()
	queue_redraw()
	if Engine.is_editor_hint():
		return
	if _ray == null:
		_ray = RayCast2D.new()
		_ray.enabled = false
		_ray.top_level = true
		add_child(_ray, false, Node.INTERNAL_MODE_FRONT)
	_ray.collision_mask = collision_mask
	_ray.collide_with_areas = collide_with_areas
	_ray.collide_with_bodies = collide_with_bodies
	_ray.clear_exceptions()
	if exclude_carriers:
		for carrier: Node in RLSensorTools.carriers(self):
			_ray.add_exception(carrier as CollisionObject2D)


func _make_directions() -> PackedVector2Array:
	var directions: PackedVector2Array = []
	var length: float = maxf(ray_length, RLSensorTools.SMALLEST_LENGTH)
	for angle: float in RLSensorTools.fan(n_rays, cone_width):
		directions.append(Vector2.from_angle(angle) * length)
	return directions


func _class_of_hit() -> float:
	var rid: RID = _ray.get_collider_rid()
	var layers: int = 0
	if _ray.get_collider() is Area2D:
		layers = PhysicsServer2D.area_get_collision_layer(rid)
	elif rid.is_valid():
		layers = PhysicsServer2D.body_get_collision_layer(rid)
	return 1.0 if layers & collision_mask & boolean_class_mask else 0.0
