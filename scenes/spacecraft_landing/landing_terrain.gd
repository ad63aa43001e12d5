class_name LandingTerrain
extends StaticBody3D
## The ground: hills from the episode's seed, level round the pad.
##
## One height map of CELLS x CELLS squares, the pad in its middle at height 0. Heights and collision
## come from the same numbers. The controller calls [method build] when an episode begins.

## The ground has changed.
signal built

## Squares along one side.
const CELLS: int = 64
## Length of a square's side, m.
const CELL: float = 16.0
## Ground nearer to the pad than this is level, m; hills have their full height at the second.
const LEVEL_RADIUS: float = 36.0
const HILLS_RADIUS: float = 220.0

## Heights of the corners, m, row by row along z.
var heights: PackedFloat32Array = []

var _noise: FastNoiseLite = FastNoiseLite.new()
var _shape: HeightMapShape3D = HeightMapShape3D.new()
# How much of the hills stands at each corner, in [0, 1].
var _share: PackedFloat32Array = []


func _init() -> void:
	_noise.noise_type = FastNoiseLite.TYPE_SIMPLEX_SMOOTH
	_noise.frequency = 0.045
	_noise.fractal_octaves = 3
	_measure_shares()


func _ready() -> void:
	var collision: CollisionShape3D = CollisionShape3D.new()
	_shape.map_width = CELLS + 1
	_shape.map_depth = CELLS + 1
	collision.shape = _shape
	# The shape's squares are 1 m wide: the node is scaled, and the heights are divided by it.
	collision.scale = Vector3.ONE * CELL
	add_child(collision)


## Makes the ground of [param ground_seed], with hills up to [param height] m above and below.
func build(ground_seed: int, height: float) -> void:
	_noise.seed = ground_seed
	var pixels: PackedFloat32Array = _noise_values()
	var count: int = pixels.size()
	heights.resize(count)
	var scaled: PackedFloat32Array = []
	scaled.resize(count)
	for i: int in count:
		var metres: float = pixels[i] * _share[i] * height
		heights[i] = metres
		scaled[i] = metres / CELL
	_shape.map_data = scaled
	built.emit()


## Height of the ground at [param place], a point of this node, m.
func height_at(place: Vector3) -> float:
	var column: float = clampf(place.x / CELL + CELLS * 0.5, 0.0, CELLS - 0.001)
	var row: float = clampf(place.z / CELL + CELLS * 0.5, 0.0, CELLS - 0.001)
	var at: int = int(row) * (CELLS + 1) + int(column)
	var x: float = column - int(column)
	var z: float = row - int(row)
	var near: float = lerpf(heights[at], heights[at + 1], x)
	var far: float = lerpf(heights[at + CELLS + 1], heights[at + CELLS + 2], x)
	return lerpf(near, far, z)


# In [-1, 1], one for each corner.
func _noise_values() -> PackedFloat32Array:
	var image: Image = _noise.get_image(CELLS + 1, CELLS + 1, false, false, false)
	image.convert(Image.FORMAT_RF)
	var values: PackedFloat32Array = image.get_data().to_float32_array()
	for i: int in values.size():
		values[i] = values[i] * 2.0 - 1.0
	return values


func _measure_shares() -> void:
	_share.resize((CELLS + 1) * (CELLS + 1))
	for row: int in CELLS + 1:
		for column: int in CELLS + 1:
			var away: Vector2 = Vector2(column - CELLS * 0.5, row - CELLS * 0.5) * CELL
			_share[row * (CELLS + 1) + column] = smoothstep(
				LEVEL_RADIUS, HILLS_RADIUS, away.length()
			)
