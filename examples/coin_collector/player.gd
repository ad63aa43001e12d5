class_name Player
extends Disc
## Goes where the arrow keys say, or where the controller says.

const SPEED: float = 150.0  # px a second

var wish: Vector2 = Vector2.ZERO  # direction, of length 0 to 1
var reads_keys: bool = true


func _physics_process(delta: float) -> void:
	if reads_keys:
		wish = Input.get_vector("ui_left", "ui_right", "ui_up", "ui_down")
	var edge: Vector2 = Vector2(radius, radius)
	position += wish.limit_length() * SPEED * delta
	position = position.clamp(edge, Level.FIELD - edge)
