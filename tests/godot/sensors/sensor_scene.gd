extends RefCounted
## Small scenes for the sensor tests: boxes in 3D, rectangles in 2D, worlds of their own.


## A static box of [param size] at [param at] below [param parent], on [param layers].
static func box_3d(
	parent: Node, at: Vector3, size: Vector3 = Vector3.ONE, layers: int = 1
) -> StaticBody3D:
	var body: StaticBody3D = StaticBody3D.new()
	_add_box(body, parent, at, size, layers)
	return body


## An area like [method box_3d].
static func area_3d(
	parent: Node, at: Vector3, size: Vector3 = Vector3.ONE, layers: int = 1
) -> Area3D:
	var area: Area3D = Area3D.new()
	_add_box(area, parent, at, size, layers)
	return area


## A static rectangle of [param size] at [param at] below [param parent], on [param layers].
static func box_2d(
	parent: Node, at: Vector2, size: Vector2 = Vector2(10, 10), layers: int = 1
) -> StaticBody2D:
	var body: StaticBody2D = StaticBody2D.new()
	_add_rectangle(body, parent, at, size, layers)
	return body


## An area like [method box_2d].
static func area_2d(
	parent: Node, at: Vector2, size: Vector2 = Vector2(10, 10), layers: int = 1
) -> Area2D:
	var area: Area2D = Area2D.new()
	_add_rectangle(area, parent, at, size, layers)
	return area


## A viewport below [param parent] with a 3D and a 2D world of its own, never drawn.
static func world(parent: Node) -> SubViewport:
	var viewport: SubViewport = SubViewport.new()
	viewport.own_world_3d = true
	viewport.world_2d = World2D.new()
	viewport.render_target_update_mode = SubViewport.UPDATE_DISABLED
	parent.add_child(viewport)
	return viewport


## Checks what holds for every sensor: size, names, shape and both forms of the values agree, names
## are distinct, a second read gives the same, and writing at an offset leaves the rest alone.
static func check_contract(test: GodotTestCase, sensor: Node) -> void:
	var size: int = sensor.call(&"observation_size")
	var names: PackedStringArray = sensor.call(&"observation_names")
	var shape: PackedInt32Array = sensor.call(&"shape")
	var values: Array = sensor.call(&"get_observation")
	var product: int = 1
	for side: int in shape:
		product *= side
	test.check_equal(values.size(), size, "number of values")
	test.check_equal(names.size(), size, "number of names")
	test.check_equal(product, size, "product of the shape")
	var distinct: Dictionary[String, bool] = {}
	for name: String in names:
		distinct[name] = true
	test.check_equal(distinct.size(), size, "number of distinct names")
	for value: Variant in values:
		test.check_equal(typeof(value), TYPE_FLOAT, "type of a value")
	test.check_equal(sensor.call(&"get_observation"), values, "second read")
	test.check_equal(Array(sensor.call(&"get_packed_observation")), values, "packed values")
	var buffer: PackedFloat32Array = []
	buffer.resize(size + 3)
	buffer.fill(-7.0)
	test.check_equal(sensor.call(&"write_observation", buffer, 2), size, "values written")
	test.check_equal(Array(buffer.slice(2, 2 + size)), values, "values at the offset")
	test.check_equal(Array(buffer.slice(0, 2)), [-7.0, -7.0], "values before the offset")
	test.check_equal(buffer[size + 2], -7.0, "value after")


static func _add_box(
	body: CollisionObject3D, parent: Node, at: Vector3, size: Vector3, layers: int
) -> void:
	var shape: CollisionShape3D = CollisionShape3D.new()
	var box: BoxShape3D = BoxShape3D.new()
	box.size = size
	shape.shape = box
	body.add_child(shape)
	body.collision_layer = layers
	body.position = at
	parent.add_child(body)


static func _add_rectangle(
	body: CollisionObject2D, parent: Node, at: Vector2, size: Vector2, layers: int
) -> void:
	var shape: CollisionShape2D = CollisionShape2D.new()
	var rectangle: RectangleShape2D = RectangleShape2D.new()
	rectangle.size = size
	shape.shape = rectangle
	body.add_child(shape)
	body.collision_layer = layers
	body.position = at
	parent.add_child(body)
