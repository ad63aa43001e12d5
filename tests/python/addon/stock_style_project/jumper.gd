extends CharacterBody3D

var height = 0
var falls = 0
var grounded = false
var jumps = false


func _ready():
	$AIController3D.init(self)


func _physics_process(_delta):
	height += 1
	grounded = height % 2 == 0
	$AIController3D.reward += 1.0
	if jumps and height == 11:
		$AIController3D.done = true
		$AIController3D.reward -= 5.0
		start_again()


func start_again():
	height = 0
	grounded = false
	falls += 1
	$AIController3D.reset()
