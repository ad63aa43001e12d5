extends CharacterBody3D

# Written as games for the stock plugin are: untyped, resets itself when needs_reset is set.
@onready var ai_controller = $AIController3D

var position_x = 0.0
var goal_at = 13.0
var resets = 0


func _ready():
	ai_controller.init(self)


func _physics_process(_delta):
	if ai_controller.needs_reset:
		ai_controller.reset()
		position_x = 0.0
		resets += 1
		return
	position_x += 1.0 if ai_controller.heuristic == "model" else 0.0
	ai_controller.reward += 0.5
	if position_x >= goal_at:
		game_over()


func game_over():
	ai_controller.reward += 10.0
	ai_controller.is_success = true
	ai_controller.done = true
	ai_controller.needs_reset = true
