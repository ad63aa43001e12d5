extends RefCounted
## Turns one agent's row of a policy's outputs into its action: the most probable one, or one drawn
## from the policy's distribution.
##
## The draws depend on the episode's seed alone, so that an episode is the same whichever arena or
## process plays it. RLOnnxPolicy holds one picker an agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## What the columns of a row are.
enum RLLayout {
	PLAIN,  ## A column for each continuous value, a logit for each choice.
	## Trained on one Box: a discrete action of 2 choices is one column, 1 above 0; one of more
	## choices, beside continuous actions, a score for each, the largest of which is taken.
	THRESHOLDED,
	WITH_LOG_STD,  ## RLlib's: the values of a continuous action, then as many logarithms of std.
}

## What a file tells of its columns.
enum RLColumns {
	UNKNOWN,
	VALUES,  ## It learned on one Box: they are values, of choices too.
	LOGITS,  ## Each choice has its logit.
}

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Sets the draws of actions apart from those of the game, which may use the episode's seed too.
const SEED_SALT: int = 0x5EED

const _LAYOUTS: Dictionary[RLColumns, Array] = {
	RLColumns.UNKNOWN: [RLLayout.PLAIN, RLLayout.THRESHOLDED, RLLayout.WITH_LOG_STD],
	RLColumns.VALUES: [RLLayout.THRESHOLDED, RLLayout.PLAIN],
	RLColumns.LOGITS: [RLLayout.PLAIN],
}

## Why the last [method pick] returned {}.
var error: String = ""
## Choices that are not taken even if they are the best, a flag for each choice of the discrete
## actions in their order; empty: all are allowed.
var allowed: PackedByteArray = []

var _space: Dictionary
var _layout: RLLayout
var _sampled: bool
var _random: RandomNumberGenerator = RandomNumberGenerator.new()


## [param space] is the agent's action space; [param sampled]: actions are drawn.
func _init(space: Dictionary, layout: RLLayout, sampled: bool) -> void:
	_space = space
	_layout = layout
	_sampled = sampled


## Returns the layout of [param width] columns for [param space], or -1 if there is none. Some are
## equally wide: what the file tells of itself, [param columns], says which it is.
static func layout_for(
	space: Dictionary, width: int, columns: RLColumns = RLColumns.UNKNOWN
) -> int:
	for layout: RLLayout in _LAYOUTS[columns]:
		if width == width_of(space, layout):
			if layout != RLLayout.THRESHOLDED or _fits_a_box(space):
				return layout
	return -1


## Why a policy of [param width] outputs cannot act in [param space]; "" when it can.
static func width_error(
	space: Dictionary, width: int, columns: RLColumns = RLColumns.UNKNOWN
) -> String:
	if layout_for(space, width, columns) >= 0:
		return ""
	var problem: String = (
		"it gives %d outputs, the controller's action space needs %d (%s)"
		% [width, width_of(space, RLLayout.PLAIN), _columns_of(space)]
	)
	if width == _least_width(space):
		problem += "; one output is enough for 2 choices only"
	return problem + ": train it on this action space, or return the one that it was trained on"


## Returns the number of columns that [param layout] has for [param space].
static func width_of(space: Dictionary, layout: RLLayout) -> int:
	var total: int = 0
	for key: String in space:
		var size: int = space[key]["size"]
		if space[key]["action_type"] == RLSpaces.DISCRETE:
			total += _choice_columns(layout, size)
		else:
			total += 2 * size if layout == RLLayout.WITH_LOG_STD else size
	return total


## Returns how many flags [member allowed] holds for [param space].
static func mask_size(space: Dictionary) -> int:
	var total: int = 0
	for key: String in space:
		if space[key]["action_type"] == RLSpaces.DISCRETE:
			total += int(space[key]["size"])
	return total


## Starts the draws of an episode.
func begin_episode(episode_seed: int) -> void:
	_random.seed = RLEpisodeSeed.mix(episode_seed, SEED_SALT)


## Draws a row of continuous values: [param mean] plus noise of [param deviation], both from
## [param offset] on; with [param squashed], tanh of that, unscaled to [param low] and
## [param high]. The result is what [method pick] takes.
func draw_row(
	mean: PackedFloat32Array,
	deviation: PackedFloat32Array,
	offset: int,
	squashed: bool,
	low: PackedFloat32Array,
	high: PackedFloat32Array
) -> PackedFloat32Array:
	var row: PackedFloat32Array = []
	row.resize(low.size())
	for i: int in low.size():
		var value: float = _random.randfn(mean[offset + i], deviation[offset + i])
		if squashed:
			value = low[i] + 0.5 * (tanh(value) + 1.0) * (high[i] - low[i])
		row[i] = clampf(value, low[i], high[i])
	return row


## As [method draw_row] for a row of logits and continuous values: returns the columns of
## [param outputs] from [param offset] on, with drawn values in place of the continuous ones;
## [param mean] and [param deviation] hold those only, from [param value_offset] on.
## [method pick] then draws the choices.
func draw_values(
	outputs: PackedFloat32Array,
	offset: int,
	mean: PackedFloat32Array,
	deviation: PackedFloat32Array,
	value_offset: int
) -> PackedFloat32Array:
	var row: PackedFloat32Array = outputs.slice(offset, offset + width_of(_space, RLLayout.PLAIN))
	var column: int = 0
	for key: String in _space:
		var size: int = _space[key]["size"]
		if _space[key]["action_type"] == RLSpaces.CONTINUOUS:
			for i: int in size:
				row[column + i] = _random.randfn(mean[value_offset], deviation[value_offset])
				value_offset += 1
		column += size
	return row


## Returns the action that [param row] means from [param offset] on: continuous values clamped to
## [-1, 1], discrete ones as an index. {} with [member error] set where [member allowed] forbids
## every choice.
func pick(row: PackedFloat32Array, offset: int) -> Dictionary:
	error = ""
	var action: Dictionary = {}
	var flag: int = 0
	for key: String in _space:
		var size: int = _space[key]["size"]
		if _space[key]["action_type"] == RLSpaces.DISCRETE:
			var choice: int = _choice(row, offset, size, flag)
			if choice < 0:
				error = "action_masks() forbids every choice of '%s'" % key
				return {}
			action[key] = choice
			flag += size
			offset += _choice_columns(_layout, size)
			continue
		var values: Array[float] = []
		for i: int in size:
			var value: float = row[offset + i]
			if _layout == RLLayout.WITH_LOG_STD and _sampled:
				value = _random.randfn(value, exp(row[offset + size + i]))
			values.append(clampf(value, -1.0, 1.0))
		action[key] = values
		offset += 2 * size if _layout == RLLayout.WITH_LOG_STD else size
	return action


# Whether one Box can stand for the actions: something is continuous, or all is yes or no.
static func _fits_a_box(space: Dictionary) -> bool:
	var is_binary: bool = true
	for key: String in space:
		if space[key]["action_type"] == RLSpaces.CONTINUOUS:
			return true
		is_binary = is_binary and int(space[key]["size"]) == 2
	return is_binary


# Columns of a discrete action.
static func _choice_columns(layout: RLLayout, size: int) -> int:
	return 1 if layout == RLLayout.THRESHOLDED and size == 2 else size


# The width if a single column stood for each discrete action.
static func _least_width(space: Dictionary) -> int:
	var total: int = 0
	for key: String in space:
		var is_discrete: bool = space[key]["action_type"] == RLSpaces.DISCRETE
		total += 1 if is_discrete else int(space[key]["size"])
	return total


# "move: 2, jump: 3 choices", for messages.
static func _columns_of(space: Dictionary) -> String:
	var parts: PackedStringArray = []
	for key: String in space:
		var unit: String = " choices" if space[key]["action_type"] == RLSpaces.DISCRETE else ""
		parts.append("%s: %d%s" % [key, space[key]["size"], unit])
	return ", ".join(parts)


func _choice(row: PackedFloat32Array, offset: int, size: int, flag: int) -> int:
	if _layout == RLLayout.THRESHOLDED and size == 2:
		var wish: int = 1 if row[offset] > 0.0 else 0
		if _is_allowed(flag + wish):
			return wish
		return 1 - wish if _is_allowed(flag + 1 - wish) else -1
	var best: int = -1
	for i: int in size:
		if _is_allowed(flag + i) and (best < 0 or row[offset + i] > row[offset + best]):
			best = i
	if best < 0 or not _sampled or _layout == RLLayout.THRESHOLDED:
		return best
	return _drawn(row, offset, size, flag, row[offset + best])


# A choice with the probability of softmax over the allowed logits.
func _drawn(row: PackedFloat32Array, offset: int, size: int, flag: int, largest: float) -> int:
	var weights: PackedFloat64Array = []
	var total: float = 0.0
	for i: int in size:
		var weight: float = exp(row[offset + i] - largest) if _is_allowed(flag + i) else 0.0
		weights.append(weight)
		total += weight
	var rest: float = _random.randf() * total
	var last: int = -1
	for i: int in size:
		if weights[i] > 0.0:
			last = i
			rest -= weights[i]
			if rest < 0.0:
				return i
	return last


func _is_allowed(flag: int) -> bool:
	return allowed.is_empty() or allowed[flag] != 0
