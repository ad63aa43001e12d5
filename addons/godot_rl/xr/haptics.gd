extends RefCounted
## Pulses in the hands of whoever wears a headset; nothing where there is no hardware.

## Name of the output in Godot's own action map.
const ACTION: String = "haptic"
## The trackers that hardware registers; a simulated one has no motor.
const HANDS: Array[StringName] = [&"left_hand", &"right_hand"]


## Shakes [param hand] for [param seconds] with [param amplitude] in [0, 1]; returns whether there
## is hardware to do it. The runtime chooses the frequency when [param hertz] is 0.
static func pulse(
	hand: XRController3D, amplitude: float, seconds: float, hertz: float = 0.0
) -> bool:
	var interface: XRInterface = XRServer.primary_interface
	if interface == null or not interface.is_initialized() or not hand.tracker in HANDS:
		return false
	hand.trigger_haptic_pulse(ACTION, hertz, amplitude, seconds, 0.0)
	return true
