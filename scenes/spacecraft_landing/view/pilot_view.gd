extends Node3D
## The pilot as it is seen: a space suit with a visor, a pack and two hands. LandingView makes it.

const Shapes := preload("res://scenes/spacecraft_landing/view/shapes.gd")

var _pilot: LanderPilot
var _legs: Array[Node3D] = []


func _init(view: LandingView) -> void:
	_pilot = view.pilot
	var suit: Material = Shapes.matt(Color(0.90, 0.90, 0.92), 0.6)
	var dark: Material = Shapes.matt(Color(0.12, 0.14, 0.18), 0.1, 0.6)
	var orange: Material = Shapes.matt(Color(0.93, 0.45, 0.14), 0.6)
	var torso: CapsuleMesh = CapsuleMesh.new()
	torso.radius = 0.3
	torso.height = 0.95
	Shapes.put(_pilot, torso, suit, Vector3(0.0, 0.2, 0.0))
	Shapes.put(_pilot, Shapes.ball(0.24), suit, Vector3(0.0, 0.74, 0.0))
	var visor: MeshInstance3D = Shapes.put(
		_pilot, Shapes.ball(0.19), dark, Vector3(0.0, 0.75, -0.1)
	)
	visor.scale.y = 0.8
	Shapes.put(_pilot, Shapes.box(Vector3(0.46, 0.6, 0.26)), suit, Vector3(0.0, 0.3, 0.34))
	Shapes.put(_pilot, Shapes.box(Vector3(0.64, 0.08, 0.5)), orange, Vector3(0.0, 0.02, 0.0))
	for side: float in [-1.0, 1.0]:
		var leg: Node3D = Node3D.new()
		leg.position = Vector3(0.15 * side, -0.15, 0.0)
		_pilot.add_child(leg)
		_legs.append(leg)
		Shapes.put(leg, Shapes.prism(0.14, 0.15, 0.62, 10), suit, Vector3(0.0, -0.34, 0.0))
		Shapes.put(leg, Shapes.box(Vector3(0.2, 0.13, 0.34)), orange, Vector3(0.0, -0.68, -0.05))
		var hand: Vector3 = Vector3(0.42 * side, -0.05, -0.22)
		Shapes.strut(_pilot, Vector3(0.3 * side, 0.45, 0.0), hand, 0.1, suit)
		Shapes.put(_pilot, Shapes.ball(0.11), orange, hand)


func _process(_delta: float) -> void:
	var swing: float = sin(_pilot.walked * 3.6) * minf(_pilot.velocity.length() / 1.8, 1.0) * 0.55
	_legs[0].rotation.x = swing
	_legs[1].rotation.x = -swing
