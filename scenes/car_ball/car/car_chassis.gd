class_name CarChassis
extends MovingBody
## A car's body, its state and its four wheels: what stands below them and how the springs push.
##
## Jolt moves the body and solves its contacts; velocities are changed here before each of its
## steps. Wheels ask CarField for the surface, which is cheaper than four rays. CarFlight and
## CarBody build on it; CarBall calls it. Lengths in m, in the arena's axes; the car looks along -z
## of its own.

const MOST_SPEED: float = 23.0
const MOST_SPIN: float = 5.5
const MASS: float = 180.0
## Hull's size and its middle, from the centre of mass.
const HULL: Vector3 = Vector3(0.842, 0.3616, 1.1801)
const HULL_MIDDLE: Vector3 = Vector3(0.0, 0.2075, -0.1388)
## Height of the centre of mass above the floor when the car stands.
const REST_HEIGHT: float = 0.17
## Wheels: how far ahead and to the right of the centre of mass.
const WHEEL_AHEAD: Array[float] = [0.5125, 0.5125, -0.3375, -0.3375]
const WHEEL_RIGHT: Array[float] = [-0.259, 0.259, -0.295, 0.295]
## A wheel's spring and damper, 1/s^2 and 1/s, for the car's mass: 25 rad/s, 0.8 of critical.
const SPRING: float = 156.0
const DAMPER: float = 10.0
## Compression at which the stiff part of a spring begins, and its stiffness, 1/s^2.
const STOP: float = 0.08
const STOP_SPRING: float = 940.0
## Length of a wheel's leg without load: it carries gravity and the sticky force at REST_HEIGHT.
const LEG: float = REST_HEIGHT + 1.5 * GRAVITY / (4.0 * SPRING)
## Mass by moment of inertia of the hull, 1/m^2, about its right and its forward axis.
const PITCH_EASE: float = 7.87
const ROLL_EASE: float = 14.3
## A wheel has no ground where the car's up is further from its normal than this cosine.
const LEAST_FACING: float = 0.3

## 0 blue, 1 orange; and its number in the team.
var team: int = 0
var seat: int = 0
var controls: CarControls = CarControls.new()
## Wheels on the ground, and that ground's normal.
var wheels: int = 0
var ground: Vector3 = Vector3.UP
## The hull, not the wheels, lies on something.
var hull_touches: bool = false


func _init() -> void:
	super()
	var box: BoxShape3D = BoxShape3D.new()
	box.size = HULL
	_collide_as(box, HULL_MIDDLE)
	mass = MASS
	center_of_mass_mode = CENTER_OF_MASS_MODE_CUSTOM
	center_of_mass = Vector3.ZERO
	inertia = Vector3(1.0 / PITCH_EASE, (HULL.x ** 2 + HULL.z ** 2) / 12.0, 1.0 / ROLL_EASE) * MASS
	physics_material_override.friction = 0.3
	# 0.3 against walls, which have 0.6, and 0 against the ball.
	physics_material_override.bounce = 0.3
	physics_material_override.absorbent = true


## Puts it somewhere at once, and finds the ground there.
func put(at: Transform3D, moving: Vector3, turning: Vector3, origin: Vector3) -> void:
	super(at, moving, turning, origin)
	find_ground(0.0)


## Finds the ground below the wheels and lets the springs push for [param delta] seconds.
func find_ground(delta: float) -> void:
	wheels = 0
	hull_touches = false
	if place.y < 1.5 and CarField.is_over_flat_floor(place):
		if place.y < 0.85:
			ground = Vector3.UP
			_stand_on_floor(delta)
			if wheels == 0:
				_feel_hull(Plane(Vector3.UP, place.y))
		return
	var near: Plane = CarField.surface(place)
	if near.d < 0.85:
		ground = near.normal
		_stand_on_curve(delta)
		if wheels == 0:
			_feel_hull(near)


# All wheels stand on the same plane: only its distance is needed.
func _stand_on_floor(delta: float) -> void:
	var facing: float = attitude.y.y
	if facing < LEAST_FACING:
		return
	var ahead_rise: float = -attitude.z.y
	var right_rise: float = attitude.x.y
	# The speed of a wheel along the normal is velocity.y + lever . (normal x spin).
	var turn: Vector3 = Vector3(spin.z, 0.0, -spin.x)
	var ahead_turn: float = -attitude.z.dot(turn)
	var right_turn: float = attitude.x.dot(turn)
	var lift: float = 0.0
	var tip: float = 0.0
	var lean: float = 0.0
	for i: int in 4:
		var ahead: float = WHEEL_AHEAD[i]
		var right: float = WHEEL_RIGHT[i]
		var press: float = LEG - (place.y + ahead_rise * ahead + right_rise * right) / facing
		if press > 0.0:
			wheels += 1
			var push: float = (
				SPRING * press - DAMPER * (velocity.y + ahead_turn * ahead + right_turn * right)
			)
			if press > STOP:
				push += STOP_SPRING * (press - STOP)
			if push > 0.0:
				lift += push
				tip += push * ahead
				lean += push * right
	velocity.y += lift * delta
	tip *= PITCH_EASE * facing * delta
	lean *= ROLL_EASE * facing * delta
	spin += attitude.x * tip + attitude.z * lean


# Each wheel has a surface of its own.
func _stand_on_curve(delta: float) -> void:
	var tip: float = 0.0
	var lean: float = 0.0
	var push_sum: Vector3 = Vector3.ZERO
	var normals: Vector3 = Vector3.ZERO
	for i: int in 4:
		var ahead: float = WHEEL_AHEAD[i]
		var right: float = WHEEL_RIGHT[i]
		var lever: Vector3 = attitude.x * right - attitude.z * ahead
		var below: Plane = CarField.surface(place + lever)
		var normal: Vector3 = below.normal
		var facing: float = attitude.y.dot(normal)
		if facing < LEAST_FACING:
			continue
		var press: float = LEG - below.d / facing
		if press > 0.0:
			wheels += 1
			normals += normal
			var push: float = (
				SPRING * press - DAMPER * (velocity.dot(normal) + lever.dot(normal.cross(spin)))
			)
			if press > STOP:
				push += STOP_SPRING * (press - STOP)
			if push > 0.0:
				push_sum += normal * push
				tip += push * ahead * facing
				lean += push * right * facing
	if wheels > 0:
		ground = normals.normalized()
		velocity += push_sum * delta
		spin += (attitude.x * (tip * PITCH_EASE) + attitude.z * (lean * ROLL_EASE)) * delta


# Whether the hull reaches a surface that is `near.d` from the centre of mass.
func _feel_hull(near: Plane) -> void:
	var normal: Vector3 = near.normal
	var along_up: float = attitude.y.dot(normal)
	var along_back: float = attitude.z.dot(normal)
	var middle: float = near.d + along_up * HULL_MIDDLE.y + along_back * HULL_MIDDLE.z
	var reach: float = (
		absf(attitude.x.dot(normal)) * HULL.x + absf(along_up) * HULL.y + absf(along_back) * HULL.z
	)
	hull_touches = middle - reach / 2.0 < 0.04
