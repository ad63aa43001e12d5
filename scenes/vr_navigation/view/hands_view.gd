extends Node3D
## What a hand shows and lets feel: arc and marker of a teleport that is aimed, and pulses at
## snap turns, landings and collisions.
##
## NavView makes one, in the arena that is watched or played. Pulses need hardware. It reads the
## player and never changes it.

const Haptics := preload("res://addons/godot_rl/xr/haptics.gd")
const TeleportArc := preload("res://addons/godot_rl/xr/teleport_arc.gd")

## Amplitude in [0, 1] and length in s of each pulse.
const SNAP_PULSE: Vector2 = Vector2(0.3, 0.03)
const LANDING_PULSE: Vector2 = Vector2(0.6, 0.08)
const REFUSED_PULSE: Vector2 = Vector2(0.2, 0.03)
const COLLISION_PULSE: Vector2 = Vector2(0.9, 0.15)

var player: NavPlayer
var arc: TeleportArc = TeleportArc.new()


func _init(view: NavView) -> void:
	player = view.player
	name = "HandsView"
	add_child(arc)


func _ready() -> void:
	var locomotion: NavLocomotion = player.locomotion
	locomotion.turned_at_once.connect(_pulse.bind(player.right_hand, SNAP_PULSE).unbind(1))
	locomotion.teleported.connect(_pulse.bind(player.left_hand, LANDING_PULSE).unbind(1))
	locomotion.teleport_refused.connect(_pulse.bind(player.left_hand, REFUSED_PULSE))
	player.collided.connect(_on_collided.unbind(1))


func _physics_process(_delta: float) -> void:
	var locomotion: NavLocomotion = player.locomotion
	if player.frozen or not locomotion.is_aiming:
		arc.rest()
		return
	var landing: Vector3 = locomotion.find_landing()
	var is_valid: bool = landing.is_finite() and locomotion.cooldown_left <= 0.0
	is_valid = is_valid and locomotion.aim.length() >= locomotion.teleport_least
	if not landing.is_finite():
		landing = player.global_position + locomotion.aim
	arc.aim(player.left_hand.global_position, landing, is_valid)


func _pulse(hand: XRController3D, pulse: Vector2) -> void:
	Haptics.pulse(hand, pulse.x, pulse.y)


func _on_collided() -> void:
	_pulse(player.left_hand, COLLISION_PULSE)
	_pulse(player.right_hand, COLLISION_PULSE)
