class_name TagPlayer
extends Node3D
## What runner and chaser share: a disc on the floor with a place and a velocity.
##
## TagArena moves it; it knows no agent. x is to the right, y (z of the scene) towards the viewer.

## Radius of a player, m.
const RADIUS: float = 0.4

## Where it is, in the arena, m.
var place: Vector2 = Vector2.ZERO
## m/s.
var velocity: Vector2 = Vector2.ZERO
## Largest speed, m/s.
var max_speed: float = 4.0


## Moves on by [param delta] seconds.
func advance(delta: float) -> void:
	place += velocity * delta


## Moves back by [param depth] metres against [param normal], and loses the speed along it.
func stop_along(normal: Vector2, depth: float) -> void:
	place -= normal * depth
	velocity -= normal * maxf(velocity.dot(normal), 0.0)


## Puts the node where the player is.
func show_place() -> void:
	position = Vector3(place.x, 0.0, place.y)
