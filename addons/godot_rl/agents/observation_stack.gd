extends RefCounted
## The last observations of one agent's episode as one observation, the oldest first.
##
## RLEpisode holds one for an agent whose policy takes several (AIController's observation_stack, or
## what the ONNX model was trained on), and forgets the frames when an episode begins; RLStepBatch
## and RLObservationPacker push one frame a decision, in training and in ONNX mode alike. What was
## not seen yet is zeros, as in Stable-Baselines3's VecFrameStack. It never reads an agent twice.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
## Key of an entry of an observation space: how many frames its size holds. Absent: one.
const FRAMES: String = "stack"
## The controller's property; what stands in for an agent has none, and shows stacked observations.
const PROPERTY: StringName = &"observation_stack"
const MAX_FRAMES: int = 64

## Whether any agent of this process has one.
static var in_use: bool = false

## Frames of an observation, at least 2.
var frames: int

# Of one frame.
var _space: Dictionary
# Of each key that is stacked: all frames but the newest, as PackedFloat32Array or, of an image,
# PackedByteArray.
var _past: Dictionary = {}


## [param space] is that of a single observation.
func _init(count: int, space: Dictionary) -> void:
	frames = count
	_space = space
	in_use = true
	clear()


## How many frames [param controller] asks for.
static func frames_of(controller: Node) -> int:
	var count: Variant = controller.get(PROPERTY)
	return count if count is int else 1


## Gives the episode of [param controller] a stack of [param count] frames, or none for 1. Returns
## why it cannot, or "".
static func give(controller: Node, count: int) -> String:
	controller.rl_episode.stack = null
	if count == 1 or not PROPERTY in controller:
		return ""
	var space: Dictionary = controller.get_obs_space()
	var problem: String = _problem_of(space, count)
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	controller.rl_episode.stack = RLObservationStack.new(count, space)
	return ""


## How many frames [param controller] gives now: those of its stack, or as many as it asks for.
static func frames_now(controller: Node) -> int:
	var stack: RLObservationStack = of(controller)
	return frames_of(controller) if stack == null else stack.frames


## The observation space of [param controller] as a policy has it that takes [param count] frames
## (0: as many as it gives now).
static func space_of(controller: Node, count: int = 0) -> Dictionary:
	var space: Dictionary = controller.get_obs_space()
	count = frames_now(controller) if count == 0 else count
	if count == 1 or not PROPERTY in controller:
		return space
	space = space.duplicate(true)
	for key: String in space:
		if _is_stacked(space[key]):
			space[key]["size"][0] = count * int(space[key]["size"][0])
			space[key][FRAMES] = count
	return space


## The names of the elements of that observation: those of older frames end in [-1], [-2] and so on.
static func names_of(controller: Node, count: int = 0) -> Dictionary:
	var names: Dictionary = controller.get_observation_names()
	count = frames_now(controller) if count == 0 else count
	if count == 1 or names.is_empty() or not PROPERTY in controller:
		return names
	var space: Dictionary = controller.get_obs_space()
	var told: Dictionary = {}
	for key: String in names:
		told[key] = names[key]
		if not space.has(key) or not _is_stacked(space[key]):
			continue
		var all: PackedStringArray = []
		for age: int in range(1 - count, 0):
			for name: String in names[key]:
				all.append("%s[%d]" % [name, age])
		all.append_array(PackedStringArray(names[key]))
		told[key] = all
	return told


## What a policy is shown of [param shown], an agent or its stand-in, at a decision: pushes a frame.
static func observe(shown: Node) -> Variant:
	var stack: RLObservationStack = of(shown)
	return shown.get_obs() if stack == null else stack.push(shown.get_obs())


## What a policy would be shown of [param controller] now; pushes nothing.
static func peek(controller: Node) -> Variant:
	var stack: RLObservationStack = of(controller)
	return controller.get_obs() if stack == null else stack.with(controller.get_obs())


## The stack of [param shown]; null for what shows its observation as it is.
static func of(shown: Node) -> RLObservationStack:
	return shown.rl_episode.stack if PROPERTY in shown else null


## Forgets all frames: an episode begins.
func clear() -> void:
	for key: String in _space:
		if not _is_stacked(_space[key]):
			continue
		var elements: int = (frames - 1) * RLSpaces.box_size(_space[key])
		if "2d" in key:
			var bytes: PackedByteArray = []
			bytes.resize(elements)
			bytes.fill(0)
			_past[key] = bytes
		else:
			var floats: PackedFloat32Array = []
			floats.resize(elements)
			floats.fill(0.0)
			_past[key] = floats


## Returns [param observation] with the frames before it, and keeps it as the newest.
func push(observation: Variant) -> Variant:
	return _stacked(observation, true)


## Returns [param observation] with the frames before it.
func with(observation: Variant) -> Variant:
	return _stacked(observation, false)


## As [method push] for the floats of a single key.
func push_floats(key: String, frame: PackedFloat32Array) -> PackedFloat32Array:
	var past: PackedFloat32Array = _past[key]
	var whole: PackedFloat32Array = past + frame
	_past[key] = whole.slice(frame.size())
	return whole


# What has not the declared size stays as it is: whoever checks observations tells of it.
func _stacked(observation: Variant, keeps: bool) -> Variant:
	if not observation is Dictionary:
		return observation
	var result: Dictionary = {}
	for key: Variant in observation:
		result[key] = observation[key]
		if not _past.has(key):
			continue
		var frame: Variant = observation[key]
		frame = RLSpaces.image_bytes(frame) if "2d" in key else RLSpaces.pack(frame)
		if frame.size() != RLSpaces.box_size(_space[key]):
			continue
		result[key] = _past[key] + frame
		if keeps:
			_past[key] = result[key].slice(frame.size())
	return result


# A choice has no place for more than one: of it the newest is shown.
static func _is_stacked(entry: Dictionary) -> bool:
	return entry.get("space") == RLSpaces.BOX


static func _problem_of(space: Dictionary, count: int) -> String:
	if count < 1 or count > MAX_FRAMES:
		return "observation_stack is %d, expected 1 to %d" % [count, MAX_FRAMES]
	for key: String in space:
		var size: Array = space[key]["size"] if _is_stacked(space[key]) else []
		if not "2d" in key or size.size() != 3:
			continue
		if int(size[2]) < int(size[0]):
			return (
				(
					"observation_stack needs images as [channels, height, width]; '%s' is declared "
					+ "as %s"
				)
				% [key, size]
			)
		if count * int(size[0]) > mini(int(size[1]), int(size[2])):
			return (
				(
					"observation_stack %d makes %d channels of the image '%s', more than its sides "
					+ "%s: stack fewer, or take a larger image"
				)
				% [count, count * int(size[0]), key, size.slice(1)]
			)
	return ""
