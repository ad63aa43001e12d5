class_name Lander
extends Node3D

var altitude: float = 20.0
var thrust := 0
var side := 0
@onready var controller: LanderController = $LanderController


func _ready():
	controller.init(self)


func _physics_process(_delta):
	if controller.needs_reset:
		altitude = 20.0
		controller.reset()
	altitude -= 1.0 - thrust
	if altitude <= 0.0:
		end_episode(true)


func end_episode(success: bool):
	controller.is_success = success
	controller.reward += 3.0
	controller.done = true
	controller.needs_reset = true
