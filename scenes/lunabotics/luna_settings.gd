class_name LunaSettings
extends RefCounted
## The environment parameters of the running episode.
##
## Names and defaults are those of rl_training/scenarios/lunabotics/parameters.py; weights of
## rewards are LunaRewards'. The controller reads them when an episode begins.

## Parameter -> default.
const DEFAULTS: Dictionary[String, float] = {
	"world_width": 6.8,
	"world_height": 5.0,
	"max_speed": 2.0,
	"num_rocks": 7.0,
	"num_orbs": 15.0,
	"dt": 1.0 / 60.0,
	"time_limit": 30.0,
	"friction": 0.6,
	"contact_friction": 0.4,
	"restitution": 0.2,
	"mass": 30.0,
	"action_delay": 0.0,
	"actuator_noise": 0.0,
	"observation_noise": 0.0,
}

## Size of the world, m.
var size: Vector2
## Largest speed, m/s.
var max_speed: float
var num_rocks: int
var num_orbs: int
## Length of a physics tick, s.
var dt: float
## Time after which an episode is cut off, s.
var time_limit: float
## Of the wheels on the ground.
var friction: float
## Of the rover on rocks and walls.
var contact_friction: float
var restitution: float
## Of the rover, kg.
var mass: float
## Ticks by which actions come late.
var action_delay: int
## Largest share by which a drive command is off.
var actuator_noise: float
## Largest error of an observed number.
var observation_noise: float


## Reads all of them for the episode that begins.
func read() -> void:
	size = Vector2(_value("world_width"), _value("world_height"))
	max_speed = _value("max_speed")
	num_rocks = clampi(roundi(_value("num_rocks")), 0, LunaFacts.MAX_ROCKS)
	num_orbs = clampi(roundi(_value("num_orbs")), 1, LunaFacts.MAX_ORBS)
	dt = clampf(_value("dt"), 1.0 / 240.0, 1.0 / 30.0)
	time_limit = maxf(_value("time_limit"), 1.0)
	friction = maxf(_value("friction"), 0.05)
	contact_friction = clampf(_value("contact_friction"), 0.0, 1.0)
	restitution = clampf(_value("restitution"), 0.0, 1.0)
	mass = clampf(_value("mass"), 5.0, 200.0)
	action_delay = clampi(roundi(_value("action_delay")), 0, LunaRover.MOST_DELAY)
	actuator_noise = clampf(_value("actuator_noise"), 0.0, 0.5)
	observation_noise = clampf(_value("observation_noise"), 0.0, 0.5)


func _value(name: String) -> float:
	return Sync.get_parameter(name, DEFAULTS[name])
