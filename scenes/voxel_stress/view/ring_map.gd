extends Control
## A map of the loaded columns from above: colours are levels of detail, pale ones have left the
## rings and linger. The gauges make it.

const METRES: float = 620.0
const COLOURS: PackedColorArray = [
	Color(0.98, 0.74, 0.28), Color(0.30, 0.70, 0.86), Color(0.40, 0.42, 0.78)
]
const BACK: Color = Color(0.02, 0.03, 0.05, 0.7)

var _terrain: VoxelTerrain
var _walker: VoxelWalker


func _init(terrain: VoxelTerrain, walker: VoxelWalker) -> void:
	_terrain = terrain
	_walker = walker
	custom_minimum_size = Vector2(300.0, 300.0)
	clip_contents = true


func _process(_delta: float) -> void:
	queue_redraw()


func _draw() -> void:
	draw_rect(Rect2(Vector2.ZERO, size), BACK)
	var scale: float = size.x / METRES
	var here: Vector2 = Vector2(_walker.position.x, _walker.position.z)
	for is_wanted: bool in [false, true]:
		for column: VoxelColumn in _terrain.columns():
			if column.is_wanted != is_wanted:
				continue
			var length: float = VoxelRings.length_of(column.key.x)
			var corner: Vector2 = Vector2(column.key.y, column.key.z) * length - here
			var place: Rect2 = Rect2(corner * scale + size / 2.0, Vector2.ONE * length * scale)
			var colour: Color = COLOURS[column.key.x]
			if not is_wanted:
				colour.a = 0.28
			draw_rect(place.grow(-0.6), colour)
	var flat: Vector2 = Vector2(_walker.velocity.x, _walker.velocity.z)
	draw_circle(size / 2.0, 4.0, Color.WHITE)
	draw_line(size / 2.0, size / 2.0 + flat * 1.4, Color.WHITE, 2.0)
