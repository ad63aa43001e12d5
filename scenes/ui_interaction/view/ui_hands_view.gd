extends Node3D
## The hands, their rays, and what they let feel: a tick when the ray comes upon something, a click
## when the trigger goes down. UIView makes one. Pulses need hardware and the menu's setting
## `haptics`.

const Haptics := preload("res://addons/godot_rl/xr/haptics.gd")
const UIBeam := preload("res://addons/godot_rl/xr/ui_beam.gd")
const UIPointer := preload("res://addons/godot_rl/xr/ui_pointer.gd")

const GRIP: Color = Color(0.13, 0.15, 0.20)
## Amplitude in [0, 1] and length in s of each pulse.
const HOVER_PULSE: Vector2 = Vector2(0.2, 0.02)
const CLICK_PULSE: Vector2 = Vector2(0.6, 0.04)
const GRAB_PULSE: Vector2 = Vector2(0.5, 0.06)

var _view: UIView


func _init(view: UIView) -> void:
	_view = view
	name = "HandsView"


func _ready() -> void:
	for pointer: UIPointer in [_view.player.left_pointer, _view.player.right_pointer]:
		add_child(UIBeam.new(pointer))
		pointer.hand.add_child(_make_hand())
		pointer.hovered.connect(_on_hovered.bind(pointer.hand))
		pointer.pressed.connect(_pulse.bind(pointer.hand, CLICK_PULSE).unbind(2))
		pointer.grabbed.connect(_pulse.bind(pointer.hand, GRAB_PULSE).unbind(1))


func _make_hand() -> MeshInstance3D:
	var capsule: CapsuleMesh = CapsuleMesh.new()
	capsule.radius = 0.026
	capsule.height = 0.16
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = GRIP
	material.roughness = 0.4
	material.emission_enabled = true
	material.emission = Color(0.10, 0.16, 0.26)
	var shown: MeshInstance3D = MeshInstance3D.new()
	shown.mesh = capsule
	shown.material_override = material
	shown.rotation.x = -PI / 2.0
	return shown


func _on_hovered(control: Control, hand: XRController3D) -> void:
	if control != null:
		_pulse(hand, HOVER_PULSE)


func _pulse(hand: XRController3D, pulse: Vector2) -> void:
	if _view.stage.settings.read("haptics") > 0.5:
		Haptics.pulse(hand, pulse.x, pulse.y)
