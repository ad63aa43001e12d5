class_name CarController
extends AIController3D
## The agent of one car of `car_ball`: observes, chooses a row of CarActions, is rewarded.
##
## README.md lists observation, actions, rewards and ends. CarBall makes one for each car, draws the
## start and ends the episode; CarSense turns what happens into reward terms.

@export var arena: CarBall
@export var car: CarBody

## The running episode's rewards.
var rewards: CarRewards = CarRewards.new()
## The row that the car takes now, after the fallback.
var row: int = 0
## Choices of the episode, and those that fell back to another row.
var choices: int = 0
var fallbacks: int = 0

var _observation: CarObservation
var _sense: CarSense
var _driver: CarDriver
var _places: CarPlaces
var _buttons: CarButtons = CarButtons.new()
# What the policy asked for, before the fallback.
var _asked: int = 0
var _debug_left: int = 0


func _ready() -> void:
	init(car)
	reset_after = 600 * CarBall.TICKS + 1
	_observation = CarObservation.new(arena, car)
	_sense = CarSense.new(arena, car, rewards)
	_driver = CarDriver.new(arena, car)
	_places = CarPlaces.new(arena, car)
	arena.over.connect(_on_over)


func _physics_process(_delta: float) -> void:
	if arena.is_on and heuristic == "human":
		_driver.drive()


## Begins the car's account: CarBall.begin_arena() has drawn the start.
func begin_episode(_episode_seed: int) -> void:
	rewards.restart()
	_sense.begin()
	_places.begin()
	_driver.begin()
	_buttons.release()
	row = 0
	_asked = 0
	choices = 0
	fallbacks = 0
	_debug_left = roundi(Sync.get_parameter("debug_actions", 0.0))
	if _debug_left > 0 and car.team == 0 and car.seat == 0:
		print("\n".join(CarActions.summary()))


## See AIController3D. Only a policy's car needs no tick of its own.
func set_heuristic(value: String) -> void:
	super(value)
	set_physics_process(value == "human")


## See AIController3D.
func get_reward() -> float:
	_sense.sample()
	_places.sample()
	reward += rewards.take()
	return reward


## See AIController3D.
func get_obs_size() -> int:
	return CarObservation.size_for(arena.team_size)


## See AIController3D.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	arena.look()
	_observation.write(buffer, offset)


## See AIController3D.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [get_obs_size()], "space": "box"}}


## See AIController3D.
func get_observation_names() -> Dictionary:
	return {"obs": CarObservation.names_for(arena.team_size)}


## One discrete action: a row of CarActions.
func get_action_space() -> Dictionary:
	return {"row": {"size": CarActions.rows().size(), "action_type": "discrete"}}


## A flag for each row: all are allowed, unless the parameter `masks` forbids those that do nothing.
func action_masks() -> Array:
	if not arena.settings.masks:
		return CarActions.all_allowed()
	arena.look()
	return CarActions.mask_of(CarActions.state_of(car))


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var choice: int = action["row"]
	_asked = choice
	row = CarActions.row_for(choice, CarActions.state_of(car))
	fallbacks += int(row != choice)
	choices += 1
	if _debug_left > 0:
		_debug_left -= 1
		print("%s: action %d, taken %d: %s" % [car.name, choice, row, CarActions.rows()[row]])
	var wanted: PackedFloat32Array = CarActions.rows()[row]
	car.controls.set_axes(wanted)
	_buttons.press(wanted, car.controls, arena.ticks, arena.settings.sticky_ticks)


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var metrics: Dictionary = _sense.metrics()
	metrics["fallback_share"] = float(fallbacks) / maxi(choices, 1)
	var info: Dictionary = {
		"start": arena.starts.kind,
		"end": _end_of_episode(),
		"is_success": metrics["success"] > 0.5,
		"metrics": metrics,
		"reward_terms": rewards.sums.duplicate(),
	}
	info.merge(_places.told())
	return info


## The sum of each reward term in the episode so far; for the overlay.
func get_reward_terms() -> Dictionary:
	var told: Dictionary = {}
	for term: StringName in rewards.sums:
		if rewards.sums[term] != 0.0:
			told[term] = rewards.sums[term]
	return told


## What the overlay says beside what it knows itself (docs/overlay.md).
func get_overlay_lines() -> PackedStringArray:
	var settings: CarSettings = arena.settings
	var lane: String = ", mechanics lane" if settings.is_in_lane else ""
	var state: int = CarActions.state_of(car)
	return [
		(
			"phase %d %s, start %s%s"
			% [settings.phase, CarPhases.NAMES[settings.phase], arena.starts.kind, lane]
		),
		_choice_line(),
		"%s%s" % [CarActions.name_of(state), ", turtled" if car.turtle_time > 0.0 else ""],
		(
			"boost %d, speed %.1f m/s, fallback %.0f %% of %d"
			% [
				roundi(car.boost),
				car.velocity.length(),
				100.0 * fallbacks / maxf(choices, 1.0),
				choices
			]
		),
	]


## Where the car is and whether it stands, for counts of coverage.
func get_cell() -> String:
	var at: Vector3i = Vector3i((car.place / 8.0).floor())
	return "%d,%d,%d/%d" % [at.x, at.y, at.z, car.wheels]


func _choice_line() -> String:
	if heuristic == "human":
		return "driven by a person" if CarDriver.person_has_car(car) else "driven by the game"
	var fell: String = ", in place of %d" % _asked if _asked != row else ""
	return "choice %d%s: %s" % [row, fell, CarActions.words_of(row)]


# How the episode ended, for who looks at how episodes begin and end.
func _end_of_episode() -> String:
	if arena.scorer >= 0:
		return "goal" if arena.scorer == car.team else "conceded"
	return "time" if arena.ticks >= arena.settings.last_tick else "no_touch"


func _on_over(by_goal: bool) -> void:
	_sense.finish()
	if by_goal:
		terminated = true
	else:
		truncated = true
