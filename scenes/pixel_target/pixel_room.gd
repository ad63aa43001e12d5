class_name PixelRoom
extends Node3D
## The room of the pixel scenario: three pillars, of which the red one is to be touched.
##
## [method begin] draws where they stand and where the seeker begins. It moves nobody and knows no
## agent.

## Half the room's inner width, m.
const HALF: float = 3.0
## Half a pillar's width, m.
const PILLAR: float = 0.3
## How far from the middle a pillar may stand, m.
const PILLAR_REACH: float = 2.5
## How far from the middle the seeker may begin, m.
const START_REACH: float = 2.4
## Least distance between two pillars, m.
const APART: float = 1.6
## Least distance between a pillar and the seeker's start, m.
const START_APART: float = 1.2
const TRIES: int = 200

## The pillars: the first is the right one.
@export var pillars: Array[Node3D] = []

## Where the seeker begins, and which way it looks (radians, 0 along -Z, to the left positive).
var start: Vector3 = Vector3.ZERO
var start_heading: float = 0.0

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


## Draws the places of an episode.
func begin(episode_seed: int) -> void:
	_rng.seed = episode_seed
	var taken: Array[Vector3] = []
	for pillar: Node3D in pillars:
		pillar.position = _place(PILLAR_REACH, taken, APART)
		# A camera that looks in this very tick is to see it there.
		pillar.propagate_call("force_update_transform")
		taken.append(pillar.position)
	start = _place(START_REACH, taken, START_APART)
	start_heading = _rng.randf_range(-PI, PI)


## The pillar that a body of [param radius] at [param place] touches: its number, or -1.
func touched(place: Vector3, radius: float) -> int:
	for index: int in pillars.size():
		var away: Vector3 = (place - pillars[index].position).abs() - Vector3(PILLAR, 0.0, PILLAR)
		if Vector2(maxf(away.x, 0.0), maxf(away.z, 0.0)).length() < radius:
			return index
	return -1


## Distance from [param place] to the middle of the right pillar, m.
func distance_to_target(place: Vector3) -> float:
	return place.distance_to(pillars[0].position)


# A free place; after many tries the last one, which cannot happen with these distances in
# practice: three pillars cover a fifth of the room.
func _place(reach: float, taken: Array[Vector3], apart: float) -> Vector3:
	var place: Vector3 = Vector3.ZERO
	for _try: int in TRIES:
		place = Vector3(_rng.randf_range(-reach, reach), 0.0, _rng.randf_range(-reach, reach))
		var is_free: bool = true
		for other: Vector3 in taken:
			is_free = is_free and place.distance_to(other) >= apart
		if is_free:
			break
	return place
