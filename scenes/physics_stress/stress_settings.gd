class_name StressSettings
extends RefCounted
## How the game of `physics_stress` is set for an episode, from environment parameters.
##
## The controller calls [method apply] when an episode begins. README.md lists the parameters.

## Switch of a planted bug -> the part of the scene that has it.
const BUGS: Dictionary[String, String] = {
	"bug_tunnelling": "hand",
	"bug_energy": "bodies",
	"bug_leak": "bodies",
	"bug_swarm": "magnets",
	"bug_jitter": "magnets",
}


## Sets the parts of [param stress].
static func apply(stress: PhysicsStress) -> void:
	var bodies: StressBodies = stress.bodies
	bodies.most = roundi(clampf(Sync.get_parameter("max_bodies", 96.0), 1.0, 2000.0))
	bodies.lifetime = clampf(Sync.get_parameter("lifetime", 8.0), 0.1, 1000.0)
	var most: int = PhysicsStressController.MOST_SPAWNED
	stress.spawn_most = roundi(clampf(Sync.get_parameter("spawn_most", most), 0.0, most))
	bodies.inflow = clampf(Sync.get_parameter("inflow", 5.0), 0.0, 500.0)
	stress.frame.budget_ms = maxf(Sync.get_parameter("budget_ms", 11.11), 0.01)
	stress.frame.by_clock = Sync.get_parameter("measured_times", 1.0) > 0.5
	for bug: String in BUGS:
		var part: Node = stress.get(BUGS[bug])
		part.set(bug, Sync.get_parameter(bug, 0.0) > 0.5)
