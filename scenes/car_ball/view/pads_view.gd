extends Node3D
## The boost pads: a plate each, and a light above it while it is ready. CarBallView makes it.

const Looks := preload("res://scenes/shared/looks.gd")
const READY: Color = Color(1.0, 0.76, 0.15)
const PLATE: Color = Color(0.10, 0.11, 0.14)

var _view: CarBallView
var _lights: Array[Node3D] = []


func _init(view: CarBallView) -> void:
	_view = view


func _ready() -> void:
	var plate: StandardMaterial3D = Looks.matt(PLATE, 0.5, 0.4)
	var shine: StandardMaterial3D = Looks.glow(READY)
	var haze: StandardMaterial3D = Looks.glow(Color(READY, 0.3))
	for pad: int in BoostPads.count():
		var at: Vector2 = BoostPads.place_of(pad)
		var big: bool = BoostPads.is_big(pad)
		var radius: float = BoostPads.BIG_RADIUS if big else BoostPads.SMALL_RADIUS
		var place: Vector3 = Vector3(at.x, 0.02, at.y)
		Looks.put(self, Looks.cone(radius * 0.8, radius * 0.7, 0.06), plate, place)
		var light: Node3D = Node3D.new()
		light.position = place
		add_child(light)
		Looks.put(light, Looks.cone(radius * 0.45, radius * 0.45, 0.1), shine, Vector3.UP * 0.03)
		if big:
			var orb: SphereMesh = SphereMesh.new()
			orb.radius = 0.75
			orb.height = 1.5
			Looks.put(light, orb, shine, Vector3.UP * 1.5)
			Looks.put(light, Looks.cone(radius * 0.8, radius * 0.5, 3.0), haze, Vector3.UP * 1.5)
		_lights.append(light)


func _process(_delta: float) -> void:
	for pad: int in _lights.size():
		_lights[pad].visible = _view.arena.pads.ready_at[pad] <= _view.arena.ticks
