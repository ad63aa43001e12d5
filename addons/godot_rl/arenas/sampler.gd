extends RefCounted
## Draws one environment parameter for an episode, from that episode's seed and the parameter's name
## alone: the same seed gives the same number in every arena, process and evaluation.
##
## RLSamplers makes one of each kind; RLParameterSet asks it. It holds no state of a draw: drawing
## again gives the same.

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")

## Significant decimal digits of a number that is computed. So few survive being written as text and
## read again exactly, also by the engine's own parser: a replay has the same number.
const DIGITS: int = 12
## Powers of ten up to this one are exact.
const EXACT_POWER: int = 22
## RLEpisodeSeed.mix returns numbers below it.
const SPAN: float = 2147483648.0

## As it was given, for reports and env_info.
var given: Dictionary = {}

var _name_hash: int = 0


## Makes it draw for the parameter [param name].
func name_it(name: String) -> void:
	_name_hash = hash_of(name)


## The number that holds in the episode with [param episode_seed].
func draw(episode_seed: int) -> float:
	var stream: int = RLEpisodeSeed.mix(episode_seed, _name_hash)
	return _value(RLEpisodeSeed.mix(stream, 0) / SPAN, RLEpisodeSeed.mix(stream, 1) / SPAN)


## FNV-1a, 32 bits, of the name in UTF-8.
static func hash_of(name: String) -> int:
	var hashed: int = 0x811C9DC5
	for byte: int in name.to_utf8_buffer():
		hashed = ((hashed ^ byte) * 0x01000193) & RLEpisodeSeed.MASK
	return hashed


## [param value] with [constant DIGITS] significant digits, where powers of ten are exact.
static func rounded(value: float) -> float:
	if value == 0.0 or not is_finite(value):
		return value
	var power: int = DIGITS - 1 - floori(log(absf(value)) / log(10.0))
	if absi(power) > EXACT_POWER:
		return value
	if power < 0:
		return roundf(value / pow(10.0, -power)) * pow(10.0, -power)
	return roundf(value * pow(10.0, power)) / pow(10.0, power)


# Makes the number of two draws, each uniform in [0, 1).
func _value(_first: float, _second: float) -> float:
	push_error("%s: _value() is not written" % get_script())
	return 0.0
