class_name CarPhases
extends RefCounted
## The phases of learning: what each reward term is worth and how episodes begin, where no parameter
## says otherwise.
##
## The environment parameter `phase` chooses; CarRewards and CarSettings ask. A term that a phase
## does not name is worth nothing there, a start never comes. README.md has the tables; learning
## rates are in the presets, since the game knows no learner.

## Phase 0 is a plain match: how policies are compared and how people play.
const NAMES: Array[String] = [
	"Match", "BallTouching", "BronzeSkills1", "SilverSkills1", "GoldSkills1"
]
const WEIGHTS: Array[Dictionary] = [
	{&"goal": 10.0, &"concede": -10.0},
	# Driving to the ball has to pay more than hopping about, and goals are noise yet.
	{
		&"touch": 5.0,
		&"velocity_to_ball": 5.0,
		&"strong_hit": 5.0,
		&"face_ball": 0.5,
		&"in_air": 0.05,
	},
	# Where the ball goes has to pay more than driving to it; AlignBallGoal tells from where to come.
	{
		&"goal": 20.0,
		&"concede": -10.0,
		&"touch": 0.5,
		&"velocity_ball_to_goal": 15.0,
		&"velocity_to_ball": 1.0,
		&"strong_hit": 3.0,
		&"face_ball": 0.1,
		&"align_ball_to_goal": 2.0,
		&"basic_shot": 10.0,
		&"negative_velocity_toward_own_goal": -1.0,
		&"recovery_and_landing": 0.1,
		&"in_air": 0.03,
		&"save_boost": 0.1,
		&"collect_boost": 1.0,
	},
	{
		&"goal": 30.0,
		&"concede": -20.0,
		&"touch": 0.2,
		&"velocity_ball_to_goal": 12.0,
		&"velocity_to_ball": 0.3,
		&"strong_hit": 4.0,
		&"align_ball_to_goal": 0.5,
		&"jump_shot": 10.0,
		&"basic_shot": 10.0,
		&"negative_velocity_toward_own_goal": -2.0,
		&"recovery_and_landing": 1.0,
		&"liu_distance_ball_to_goal": 0.5,
		&"in_air": 0.02,
		&"save_boost": 0.2,
		&"collect_boost": 1.5,
	},
	{
		&"goal": 40.0,
		&"concede": -40.0,
		&"velocity_ball_to_goal": 8.0,
		&"velocity_to_ball": 0.1,
		&"strong_hit": 4.0,
		&"align_ball_to_goal": 0.2,
		&"jump_shot": 15.0,
		&"basic_shot": 8.0,
		&"negative_velocity_toward_own_goal": -3.0,
		&"recovery_and_landing": 1.0,
		&"liu_distance_ball_to_goal": 0.3,
		&"in_air": 0.05,
		&"save_boost": 0.3,
		&"collect_boost": 2.0,
	},
]
const STARTS: Array[Dictionary] = [
	{"kickoff": 1.0},
	{"random": 0.7, "kickoff": 0.2, "turtled": 0.1},
	{"random": 0.5, "kickoff": 0.3, "turtled": 0.05, "replayed": 0.15},
	{"random": 0.35, "kickoff": 0.3, "turtled": 0.05, "replayed": 0.2, "jump": 0.1},
	{
		"random": 0.25,
		"kickoff": 0.3,
		"turtled": 0.05,
		"replayed": 0.2,
		"wall": 0.06,
		"aerial": 0.07,
		"jump": 0.07,
	},
]
## Share of the arenas that practise mechanics alone, by phase.
const LANES: Array[float] = [0.0, 0.0, 0.0, 0.0, 0.125]


## The phase of the episode that begins.
static func now() -> int:
	return clampi(roundi(Sync.get_parameter("phase", 0.0)), 0, NAMES.size() - 1)


## What [param term] is worth in [param phase].
static func weight(phase: int, term: StringName) -> float:
	return WEIGHTS[phase].get(term, 0.0)


## How likely an episode of [param phase] begins with [param kind], relative to the others.
static func start(phase: int, kind: String) -> float:
	return STARTS[phase].get(kind, 0.0)
