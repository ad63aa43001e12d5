class_name PhysicsStress
extends Node3D
## Root of the scenario `physics_stress`: a closed room full of loose bodies, and a player who adds
## more and throws them about.
##
## README.md beside this file lists observation, actions, rewards and ends. The root only holds the
## parts together and starts all of them anew.

## Space that one copy of this scene takes, m; copies are placed side by side at this distance.
@export var arena_size: Vector3 = Vector3(10.0, 6.0, 10.0)
@export var bodies: StressBodies
@export var magnets: StressMagnets
@export var hand: StressHand
@export var frame: StressFrame
@export var particles: CPUParticles3D
@export var energy: RLEnergyDetector
@export var detectors: Array[RLBodyDetector]

## Bodies that the choice of most spawns; others spawn their share of it, rounded down.
var spawn_most: int = PhysicsStressController.MOST_SPAWNED


func _ready() -> void:
	bodies.energy = energy


## Puts everything at the start of the episode of this seed.
func restart(episode_seed: int) -> void:
	StressSettings.apply(self)
	bodies.restart(episode_seed)
	_renew_world()
	hand.restart()
	spark(false)
	frame.restart()
	for detector: RLBodyDetector in detectors:
		detector.restart()


## Switches particles on or off.
func spark(is_on: bool) -> void:
	magnets.sparks = is_on
	frame.sparks = is_on
	if particles.emitting != is_on:
		particles.emitting = is_on


# How contacts are solved depends on which bodies the physics space has held before. Where no other
# room shares the world, each episode gets a new one, so that it is exact.
func _renew_world() -> void:
	var viewport: Viewport = get_viewport()
	for other: Node in get_tree().get_nodes_in_group(&"physics_stress_frame"):
		if other != frame and other.get_viewport() == viewport:
			return
	# Held until the new one is there: the renderer takes the viewport out of it.
	var old: World3D = viewport.find_world_3d()
	var fresh: World3D = World3D.new()
	fresh.environment = old.environment
	fresh.fallback_environment = old.fallback_environment
	fresh.camera_attributes = old.camera_attributes
	viewport.world_3d = fresh
