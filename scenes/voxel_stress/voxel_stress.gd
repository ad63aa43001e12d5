class_name VoxelStress
extends Node3D
## Root of the scenario `voxel_stress`: it lets walker and terrain take their turns and measures how
## long that takes.
##
## README.md beside this file lists observation, actions, rewards and ends. The controller listens
## to [signal ticked].

## A physics tick of the game has passed; what it took, ms, measured or modelled.
signal ticked(milliseconds: float)

## Space that one copy of this scene takes, m: nobody gets farther in the longest episode.
@export var arena_size: Vector3 = Vector3(6144.0, 64.0, 6144.0)
@export var terrain: VoxelTerrain
@export var walker: VoxelWalker


# What a tick takes is the game's own work on the main thread: moving the walker, asking for chunks,
# handing meshes and shapes to the servers. Waiting for threads is left out: in a run that is not
# bound to the clock the game always waits.
func _physics_process(delta: float) -> void:
	if walker.frozen:
		return
	var began: int = Time.get_ticks_usec()
	var waited: int = terrain.loader.waited
	walker.tick(delta, terrain.is_solid_at(walker.position))
	terrain.tick(walker.position)
	var took: int = Time.get_ticks_usec() - began - (terrain.loader.waited - waited)
	var modelled: float = terrain.work_cost * terrain.modelled_milliseconds
	ticked.emit(took / 1000.0 if terrain.measures_time else modelled)
