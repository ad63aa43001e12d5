extends Camera3D
## The camera behind and above the runner; C looks from high above. VoxelView makes it.

const BEHIND: Vector3 = Vector3(-2.5, 4.6, 10.5)
const ABOVE: Vector3 = Vector3(0.0, 80.0, 115.0)

## Whether it looks from high above, at the rings of the ground.
var is_above: bool = false

var _walker: VoxelWalker
var _yaw: float = 0.0


func _init(view: VoxelView) -> void:
	_walker = view.walker
	far = 600.0
	fov = 62.0
	current = true


func _unhandled_key_input(event: InputEvent) -> void:
	var key: InputEventKey = event as InputEventKey
	if key != null and key.pressed and not key.echo and key.physical_keycode == KEY_C:
		is_above = not is_above


func _process(delta: float) -> void:
	var flat: Vector2 = Vector2(_walker.velocity.x, _walker.velocity.z)
	if flat.length() > 2.0:
		_yaw = lerp_angle(_yaw, atan2(-flat.x, -flat.y), minf(delta * 2.5, 1.0))
	look(minf(delta * 6.0, 1.0))


## Goes where it looks from; [param share] of the way, 1 at once.
func look(share: float) -> void:
	var aim: Vector3 = _walker.global_position + Vector3.UP * 1.5
	var back: Vector3 = (ABOVE if is_above else BEHIND).rotated(Vector3.UP, _yaw)
	global_position = global_position.lerp(aim + back, share)
	look_at(aim + Vector3.FORWARD.rotated(Vector3.UP, _yaw) * (30.0 if is_above else 8.0))
