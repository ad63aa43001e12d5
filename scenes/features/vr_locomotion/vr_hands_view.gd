class_name VRHandsView
extends Node3D
## What a hand shows and lets feel: the arc of a teleport that is aimed, and pulses at snap turns,
## teleports and collisions.
##
## VRView makes one, in the arena that is watched or played; headless runs and the other arenas have
## none. Pulses need hardware. It reads the player and never changes it.

const Haptics := preload("res://addons/godot_rl/xr/haptics.gd")
const TeleportArc := preload("res://addons/godot_rl/xr/teleport_arc.gd")

## Trigger value from which a teleport is aimed, in [0, 1]: less is a finger that rests.
const AIM_FROM: float = 0.1
## Amplitude in [0, 1] and length in s of each pulse.
const SNAP_PULSE: Vector2 = Vector2(0.3, 0.03)
const TELEPORT_PULSE: Vector2 = Vector2(0.6, 0.08)
const REFUSED_PULSE: Vector2 = Vector2(0.2, 0.03)
const COLLISION_PULSE: Vector2 = Vector2(0.9, 0.15)

var player: VRPlayer
var arc: TeleportArc = TeleportArc.new()


## Shows and lets feel what [param of_player] does.
func _init(of_player: VRPlayer) -> void:
	player = of_player
	add_child(arc)


func _ready() -> void:
	var locomotion: VRLocomotion = player.locomotion
	locomotion.turned.connect(_pulse_right.bind(SNAP_PULSE).unbind(1))
	locomotion.teleported.connect(_pulse_right.bind(TELEPORT_PULSE).unbind(1))
	locomotion.teleport_refused.connect(_pulse_right.bind(REFUSED_PULSE))
	player.collided.connect(_on_collided.unbind(1))


func _physics_process(_delta: float) -> void:
	var locomotion: VRLocomotion = player.locomotion
	var pulled: float = locomotion.right_hand.get_float(VRLocomotion.TRIGGER)
	if player.frozen or pulled < AIM_FROM or not locomotion.teleport_armed:
		arc.rest()
		return
	var landing: Vector3 = locomotion.find_landing()
	var is_valid: bool = landing.is_finite() and locomotion.cooldown_left <= 0.0
	if not landing.is_finite():
		landing = locomotion.get_teleport_target()
	arc.aim(locomotion.right_hand.global_position, landing, is_valid)


func _pulse_right(pulse: Vector2) -> void:
	Haptics.pulse(player.locomotion.right_hand, pulse.x, pulse.y)


func _on_collided() -> void:
	for hand: XRController3D in [player.locomotion.left_hand, player.locomotion.right_hand]:
		Haptics.pulse(hand, COLLISION_PULSE.x, COLLISION_PULSE.y)
