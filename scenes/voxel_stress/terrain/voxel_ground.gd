class_name VoxelGround
extends RefCounted
## What the ground is made of: where a column of cells is solid, computed from noise.
##
## A column job makes one for itself, so that threads share nothing; VoxelTerrain asks one for the
## place to start. The same seed gives the same ground at every level of detail. It never draws.

## Cells of a column along an edge, and with one cell of its neighbours on each side.
const CELLS: int = 16
const PADDED: int = 18
## Height of the world, m. Solid below 1 m, never above the height.
const HEIGHT: int = 64
## A cave begins above it, m.
const LOWEST_CAVE: int = 3
const FISSURE_DEPTH: int = 4

# Values of an 8-bit noise image to what they mean.
static var _amplitudes: PackedFloat32Array = _table(_amplitude)
static var _hills: PackedFloat32Array = _table(_hill)
static var _half_heights: PackedFloat32Array = _table(_half_height)
static var _levels: PackedFloat32Array = _table(_level)

## Top of the solid cells of each padded column (index (z + 1) * 18 + x + 1), in cells of the level.
var tops: PackedInt32Array = []
## Where its cave begins and ends, in cells; none where the end is not above the beginning.
var cave_floors: PackedInt32Array = []
var cave_ceilings: PackedInt32Array = []
var lowest_top: int = 0
var highest_top: int = 0
## Lowest cave floor and highest ceiling; the ceiling is 0 where there is no cave.
var lowest_cave: int = 0
var highest_cave: int = 0
## Cells of the column itself that have a cave below or through the surface.
var caves: int = 0

var _frequencies: Dictionary[FastNoiseLite, float] = {}
var _height_noise: FastNoiseLite
var _range_noise: FastNoiseLite
var _tunnel_noise: FastNoiseLite
var _depth_noise: FastNoiseLite
var _fissure_noise: FastNoiseLite


func _init(world_seed: int) -> void:
	_height_noise = _noise(world_seed, 0, 1.0 / 150.0, 3)
	_range_noise = _noise(world_seed, 1, 1.0 / 420.0, 1)
	_tunnel_noise = _noise(world_seed, 2, 1.0 / 56.0, 1)
	_depth_noise = _noise(world_seed, 3, 1.0 / 130.0, 1)
	_fissure_noise = _noise(world_seed, 4, 1.0 / 75.0, 1)


## Computes the column whose corner is ([param x], [param z]) m, with cells of [param step] m.
func sample(x: int, z: int, step: int) -> void:
	var heights: PackedByteArray = _picture(_height_noise, x, z, step)
	var ranges: PackedByteArray = _picture(_range_noise, x, z, step)
	var tunnels: PackedByteArray = _picture(_tunnel_noise, x, z, step)
	var depths: PackedByteArray = _picture(_depth_noise, x, z, step)
	var count: int = PADDED * PADDED
	tops.resize(count)
	cave_floors.resize(count)
	cave_ceilings.resize(count)
	cave_floors.fill(0)
	cave_ceilings.fill(0)
	var scale: float = 1.0 / step
	var highest: int = 0
	var lowest: int = HEIGHT
	for i: int in count:
		var rise: float = _hills[heights[i]] * _amplitudes[ranges[i]]
		var top: int = roundi((18.0 + rise) * scale)
		tops[i] = top
		if top > highest:
			highest = top
		if top < lowest:
			lowest = top
	highest_top = highest
	lowest_top = lowest
	_dig_caves(tunnels, depths, scale)
	if step == 1:
		_dig_fissures(_picture(_fissure_noise, x, z, step), ranges)


## Height of the surface at ([param x], [param z]) m, in m, caves and fissures left out.
func surface_at(x: int, z: int) -> float:
	sample(x, z, 1)
	return tops[PADDED + 1]


## Whether the place of the last [method surface_at] is good to start at: nothing was dug there.
func is_plain() -> bool:
	var here: int = PADDED + 1
	for i: int in [here - 1, here, here + 1, here - PADDED, here + PADDED]:
		if cave_ceilings[i] > cave_floors[i] or absi(tops[i] - tops[here]) > 1:
			return false
	return true


func _dig_caves(tunnels: PackedByteArray, depths: PackedByteArray, scale: float) -> void:
	lowest_cave = HEIGHT
	highest_cave = 0
	caves = 0
	for i: int in PADDED * PADDED:
		var half: float = _half_heights[tunnels[i]]
		if half <= 0.0:
			continue
		var level: float = _levels[depths[i]]
		var bottom: int = roundi(maxf(level - half, LOWEST_CAVE) * scale)
		var ceiling: int = roundi((level + half) * scale)
		var top: int = tops[i]
		if bottom >= top or ceiling <= bottom:
			continue
		cave_floors[i] = bottom
		cave_ceilings[i] = ceiling
		lowest_cave = mini(lowest_cave, bottom)
		highest_cave = maxi(highest_cave, ceiling)
		caves += 1


# Cracks of a cell or two in flat land, too small for coarser levels.
func _dig_fissures(pattern: PackedByteArray, ranges: PackedByteArray) -> void:
	for i: int in PADDED * PADDED:
		if absi(pattern[i] - 128) <= 3 and ranges[i] < 136:
			var top: int = maxi(tops[i] - FISSURE_DEPTH, LOWEST_CAVE)
			tops[i] = top
			lowest_top = mini(lowest_top, top)


# Values in [0, 255] at the middle of each padded cell; 128 is a noise of 0.
func _picture(noise: FastNoiseLite, x: int, z: int, step: int) -> PackedByteArray:
	noise.frequency = _frequencies[noise] * step
	var to_middle: float = 0.5 - 1.0
	noise.offset = Vector3(float(x) / step + to_middle, float(z) / step + to_middle, 0.0)
	return noise.get_image(PADDED, PADDED, false, false, false).get_data()


func _noise(world_seed: int, stream: int, frequency: float, octaves: int) -> FastNoiseLite:
	var noise: FastNoiseLite = FastNoiseLite.new()
	noise.noise_type = FastNoiseLite.TYPE_SIMPLEX_SMOOTH
	noise.seed = (world_seed * 5 + stream) & 0x7FFFFFFF
	_frequencies[noise] = frequency
	if octaves == 1:
		noise.fractal_type = FastNoiseLite.FRACTAL_NONE
	else:
		noise.fractal_type = FastNoiseLite.FRACTAL_FBM
		noise.fractal_octaves = octaves
	return noise


static func _table(of: Callable) -> PackedFloat32Array:
	var values: PackedFloat32Array = []
	for i: int in 256:
		values.append(of.call((i - 128) / 128.0))
	return values


# From plains to mountains, m.
static func _amplitude(value: float) -> float:
	return lerpf(5.0, 40.0, smoothstep(-0.2, 0.8, value))


# Valleys are flatter than peaks. In [-0.4, 1].
static func _hill(value: float) -> float:
	return maxf(value * 1.3, -0.4) if value < 0.0 else minf(value * 1.5, 1.0)


# Half the height of the tunnel, m; at the middle of a tunnel the noise is 0.
static func _half_height(value: float) -> float:
	return (0.14 - absf(value)) * 22.0


static func _level(value: float) -> float:
	return 14.0 + 14.0 * value
