extends CharacterBody2D

var wish = Vector2.ZERO
var walls_hit = 0
@onready var rays: RaycastSensor2D = $RaycastSensor2D
@onready var controller = $AIController2D


func _ready():
	rays.activate()
	controller.init(self)


func _physics_process(_delta):
	if controller.needs_reset:
		begin()
		return
	velocity = wish * 600.0
	move_and_slide()
	controller.reward -= 0.25
	if get_slide_collision_count() > 0:
		hit_wall()


func hit_wall():
	walls_hit += 1
	controller.reward -= 10.0
	controller.done = true
	controller.needs_reset = true


func begin():
	controller.done = true
	controller.reset()
	position = Vector2.ZERO
