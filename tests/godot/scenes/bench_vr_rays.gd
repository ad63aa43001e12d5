extends SceneTree
## The rays of the VR observation, by the scene's own code and by the addon's RayCastSensor3D:
## whether they give the same floats, and what a reading costs. `godot --headless --path . --script
## res://tests/godot/scenes/bench_vr_rays.gd`.
##
## The sensor stands as high and turns as the head does; its twelve rays and their length are those
## of VRObservation, from whose values it must make the roots of the free share. Both are timed in
## turn, round by round.

const SCENE: String = "res://scenes/features/vr_locomotion_test.tscn"
const COURSES: int = 300
const ROUNDS: int = 21
const READINGS: int = 500

var _player: VRPlayer
var _own: VRObservation
var _sensor: RayCastSensor3D = RayCastSensor3D.new()
var _order: PackedInt32Array = []


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	var scene: VRLocomotionTest = (load(SCENE) as PackedScene).instantiate()
	root.add_child(scene)
	var controller: VRLocomotionController = scene.get_node("Player/AIController3D")
	controller.set_heuristic("model")
	_player = scene.get_node("Player")
	_own = controller.sensor
	_mount(scene.get_node("Course") as Node3D)
	var own: PackedFloat32Array = []
	own.resize(VRObservation.NAMES.size())
	var other: PackedFloat32Array = own.duplicate()
	var equal: int = 0
	var worst: float = 0.0
	for course: int in COURSES:
		controller.begin_episode(course)
		await physics_frame
		_read_own(own)
		_read_sensor(other)
		for index: int in _order:
			equal += int(own[index] == other[index])
			worst = maxf(worst, absf(own[index] - other[index]))
	print("equal floats: %d of %d, worst %s" % [equal, COURSES * _order.size(), worst])
	var times: Array[PackedFloat64Array] = [[], []]
	for round_number: int in ROUNDS:
		times[0].append(_time(_read_own.bind(own)))
		times[1].append(_time(_read_sensor.bind(other)))
	for sort: PackedFloat64Array in times:
		sort.sort()
	print(
		(
			"median of %d rounds: own %.2f us, sensor %.2f us a reading (least %.2f, %.2f)"
			% [ROUNDS, times[0][ROUNDS >> 1], times[1][ROUNDS >> 1], times[0][0], times[1][0]]
		)
	)
	quit()


# The fan puts each ray in the middle of its share of the cone and looks along +Z, so turned by half
# a share and half a circle it looks where the observation's rays do.
func _mount(course: Node3D) -> void:
	_sensor.n_rays_width = 12
	_sensor.n_rays_height = 1
	_sensor.cone_width = 360.0
	_sensor.cone_height = 0.0
	_sensor.ray_length = VRObservation.RAY_RANGE + VRObservation.BODY_RADIUS
	_sensor.collision_mask = _player.locomotion.obstacle_mask
	_sensor.ray_value = 1
	course.add_child(_sensor)
	for column: int in 12:
		_order.append(VRObservation.NAMES.find("ray_%d" % (180 - 30 * column)))


func _read_own(values: PackedFloat32Array) -> void:
	var right: Vector3 = _player.locomotion.get_head_right()
	_own._write_rays(values, 0, right, Vector3.UP.cross(right))


func _read_sensor(values: PackedFloat32Array) -> void:
	var right: Vector3 = _player.locomotion.get_head_right()
	var turned: Basis = Basis(-right, Vector3.UP, Vector3.UP.cross(right))
	_sensor.global_transform = Transform3D(
		turned.rotated(Vector3.UP, deg_to_rad(-15.0)),
		_player.global_position + Vector3(0.0, VRObservation.RAY_HEIGHT, 0.0)
	)
	var read: PackedFloat32Array = _sensor.get_packed_observation()
	var reach: float = _sensor.ray_length
	for column: int in 12:
		var free: float = maxf(read[column] * reach - VRObservation.BODY_RADIUS, 0.0)
		values[_order[column]] = sqrt(free / VRObservation.RAY_RANGE)


func _time(reading: Callable) -> float:
	var started: int = Time.get_ticks_usec()
	for i: int in READINGS:
		reading.call()
	return (Time.get_ticks_usec() - started) / float(READINGS)
