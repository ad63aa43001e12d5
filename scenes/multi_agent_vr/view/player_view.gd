extends Node3D
## Shows one player: body, head with a headset, two hands and the right arm, and a ring that tells
## its role. PartyView makes one for each. It reads the player and never changes it.

const Looks := preload("res://scenes/multi_agent_vr/view/party_looks.gd")

var _player: PartyPlayer
var _skin: StandardMaterial3D
var _ring: MeshInstance3D
var _arm: MeshInstance3D
var _head: Node3D


func _init(player: PartyPlayer) -> void:
	_player = player


func _ready() -> void:
	_skin = Looks.matt(_colour(), 0.6)
	var capsule: CapsuleMesh = CapsuleMesh.new()
	capsule.radius = 0.27
	capsule.height = 1.4
	var body: MeshInstance3D = _part(capsule, self)
	body.position.y = 0.72
	_head = Node3D.new()
	add_child(_head)
	var sphere: SphereMesh = SphereMesh.new()
	sphere.radius = 0.19
	sphere.height = 0.38
	_part(sphere, _head).position = Vector3(0.0, 0.0, 0.08)
	var visor: MeshInstance3D = Looks.box(Vector3(0.4, 0.2, 0.22), Looks.VISOR)
	visor.position = Vector3(0.0, 0.02, -0.1)
	_head.add_child(visor)
	for hand: XRController3D in [_player.left_hand, _player.right_hand]:
		var grip: SphereMesh = SphereMesh.new()
		grip.radius = 0.09
		grip.height = 0.18
		hand.add_child(Looks.show(grip, Looks.VISOR))
	_arm = Looks.cylinder(0.055, 1.0, _colour())
	_arm.material_override = _skin
	add_child(_arm)
	var ring: TorusMesh = TorusMesh.new()
	ring.inner_radius = 0.42
	ring.outer_radius = 0.52
	ring.rings = 32
	_ring = Looks.show(ring, Looks.IT)
	_ring.scale.y = 0.2
	_ring.position.y = 0.04
	add_child(_ring)


func _process(_delta: float) -> void:
	_head.transform = _player.camera.transform
	var shoulder: Vector3 = Vector3(0.22, 1.28, 0.0)
	var to_hand: Vector3 = _player.right_hand.position - shoulder
	var length: float = maxf(to_hand.length(), 0.05)
	_arm.transform = Transform3D(
		(
			Basis(Quaternion(Vector3.UP, to_hand / length))
			* Basis.from_scale(Vector3(1.0, length, 1.0))
		),
		shoulder + to_hand / 2.0
	)
	_ring.visible = _player.role != PartyPlayer.Role.FREE
	var is_it: bool = _player.role == PartyPlayer.Role.IT
	var material: StandardMaterial3D = _ring.material_override
	material.albedo_color = Looks.IT if is_it else Looks.FROZEN
	var is_frozen: bool = _player.role == PartyPlayer.Role.FROZEN
	_skin.albedo_color = Looks.FROZEN if is_frozen else _colour()


func _colour() -> Color:
	return Looks.PLAYERS[_player.slot % Looks.PLAYERS.size()]


func _part(mesh: Mesh, parent: Node3D) -> MeshInstance3D:
	var part: MeshInstance3D = Looks.show(mesh, _colour())
	part.material_override = _skin
	parent.add_child(part)
	return part
