class_name CarMoments
extends RefCounted
## Moments of recorded matches, from which episodes can begin (`start_replayed`).
##
## CarStarts draws one. record_moments.gd writes the file, a line of JSON for each moment: "size"
## cars a team, "ball" [place, velocity] and "cars", each [place, ahead, up, velocity, spin, boost].

const FILE: String = "res://scenes/car_ball/starts/moments.json"

# Cars a team -> moments.
static var _moments: Dictionary[int, Array] = {}


## A moment of a match with [param size] cars a team; {} where there is none.
static func draw(rng: RandomNumberGenerator, size: int) -> Dictionary:
	if not _moments.has(size):
		_moments[size] = _read(size)
	if _moments[size].is_empty():
		return {}
	return _moments[size][rng.randi_range(0, _moments[size].size() - 1)]


## What is now in [param arena], as a moment.
static func of(arena: CarBall) -> Dictionary:
	var cars: Array = []
	for car: CarBody in arena.cars:
		var row: Array = []
		for part: Vector3 in [car.place, -car.attitude.z, car.attitude.y, car.velocity, car.spin]:
			row.append_array(_rounded(part))
		row.append(snappedf(car.boost, 0.01))
		cars.append(row)
	var ball: Array = _rounded(arena.ball.place) + _rounded(arena.ball.velocity)
	return {"size": arena.team_size, "ball": ball, "cars": cars}


## Three numbers of a row, from [param at] on.
static func vector(row: Array, at: int) -> Vector3:
	return Vector3(row[at], row[at + 1], row[at + 2])


static func _read(size: int) -> Array:
	var found: Array = []
	for line: String in FileAccess.get_file_as_string(FILE).split("\n", false):
		var moment: Variant = JSON.parse_string(line)
		if moment is Dictionary and int((moment as Dictionary)["size"]) == size:
			found.append(moment)
	return found


static func _rounded(part: Vector3) -> Array:
	return [snappedf(part.x, 0.0001), snappedf(part.y, 0.0001), snappedf(part.z, 0.0001)]
