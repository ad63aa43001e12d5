@tool
extends RefCounted
## Finds lines that use coordinates of the world where copies of the scene stand side by side.
##
## Called by the scene's check. It reads text only and warns of what is certain: a global position
## set to, compared with or measured against a constant, or observed as it is. What it cannot
## judge (a variable, another node) it leaves alone. A comment with the word "world" at the line
## silences it.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLCodeText := preload("res://addons/godot_rl/editor/checks/code_text.gd")

## In the functions that give observations a bare coordinate is a mistake too.
const OBSERVING: PackedStringArray = ["get_obs", "write_obs"]
const SILENCER: String = "world"

# Names that leave an expression constant: types, random numbers and mathematics.
const _CONSTANT_NAMES: String = (
	"(?:\\b\\w+\\.)?\\brand\\w*|\\bVector[23]i?(?:\\.[A-Z_]+)?\\b|\\bTransform[23]D(?:\\.[A-Z_]+)?\\b"
	+ "|\\b(?:Basis|Quaternion)(?:\\.[A-Z_]+)?\\b|\\b[A-Z][A-Z0-9_]*\\b"
	+ "|\\b(?:sin|cos|deg_to_rad|absf?|float|int|sqrt|minf?|maxf?|clampf?|lerpf?)\\b"
	+ "|\\b\\d[\\d._xXa-fA-Fe]*"
)
# A comparison behind a coordinate, and what it is compared with.
const _COMPARED: String = (
	"\\s*\\)?\\s*(?:<=|>=|==|!=|<|>)\\s*(.+?)"
	+ "(?:\\band\\b|\\bor\\b|\\bif\\b|\\belse\\b|:|,|\\)|$)"
)
# A coordinate that stands alone or divided by a constant, as an element, an argument or a value.
const _BARE: String = (
	"(?:^|[=,\\[(])\\s*(?:[\\w$%%.]+\\.)?global_(?:position|transform\\.origin)\\.[%s]"
	+ "\\s*(?:[/*]\\s*[\\dA-Z_.]+\\s*)?(?:$|[,\\])}])"
)
const _GLOBAL: String = "\\bglobal_(?:position|transform\\.origin|transform)\\b"


## A line and what is wrong with it.
class RLFinding:
	extends RefCounted
	var line: int
	var text: String


## The findings in [param source]; [param is_3d]: arenas stand beside each other in x and z, else in
## x and y.
static func findings(source: String, is_3d: bool) -> Array[RLFinding]:
	var found: Array[RLFinding] = []
	if not source.contains("global_"):
		return found
	for statement: RLCodeText.RLStatement in RLCodeText.statements(source):
		if statement.comment.contains(SILENCER) or not statement.text.contains("global_"):
			continue
		var problem: String = _problem(statement, "xz" if is_3d else "xy")
		if problem.is_empty():
			continue
		var finding: RLFinding = RLFinding.new()
		finding.line = statement.line
		finding.text = problem
		found.append(finding)
	return found


## Whether [param expression] is made of constants and random numbers alone.
static func is_constant(expression: String) -> bool:
	var rest: String = RegEx.create_from_string(_CONSTANT_NAMES).sub(expression, "", true)
	if expression.strip_edges().is_empty():
		return false
	return RegEx.create_from_string("[A-Za-z_$%\"'\\]\\[{]").search(rest) == null


static func _problem(statement: RLCodeText.RLStatement, axes: String) -> String:
	var text: String = statement.text.strip_edges()
	if _assigns_constant(text, axes):
		return "global_position is set to a constant: set position"
	if _measures_constant(text, axes):
		return "global_position is compared with a constant: use position"
	if statement.function in OBSERVING and _observes(text, axes):
		return "global_position is observed: use position"
	return ""


static func _assigns_constant(text: String, axes: String) -> bool:
	var set_call: RegExMatch = _search("\\bset_global_position\\s*\\((.*)\\)", text)
	if set_call != null:
		return is_constant(set_call.get_string(1))
	var assigned: RegExMatch = _search(_GLOBAL + "(?:\\.([xyz]))?\\s*=(?!=)\\s*(.+)$", text)
	if assigned == null:
		return false
	var axis: String = assigned.get_string(1)
	return (axis.is_empty() or axis in axes) and is_constant(assigned.get_string(2))


static func _measures_constant(text: String, axes: String) -> bool:
	var measured: RegExMatch = _search(
		(
			_GLOBAL
			+ "\\.(?:distance_to|distance_squared_to|direction_to|is_equal_approx)\\s*\\((.*?)\\)"
		),
		text
	)
	if measured != null and _is_constant_call(text, measured.get_start(1)):
		return true
	if _search(_GLOBAL + "\\.length(?:_squared)?\\s*\\(", text) != null:
		return true
	var compared: RegExMatch = _search(_GLOBAL + "\\.([%s])" % axes + _COMPARED, text)
	return compared != null and is_constant(compared.get_string(2))


# Whether the arguments of the call that opens before [param start] are constant.
static func _is_constant_call(text: String, start: int) -> bool:
	var depth: int = 1
	for at: int in range(start, text.length()):
		if text[at] == "(":
			depth += 1
		elif text[at] == ")":
			depth -= 1
		if depth == 0:
			return is_constant(text.substr(start, at - start))
	return false


static func _observes(text: String, axes: String) -> bool:
	# With two positions it is a difference, with to_local it is in the arena's coordinates.
	if text.contains("to_local") or text.contains("affine_inverse"):
		return false
	var without_vectors: String = RegEx.create_from_string("Vector[234]\\([^()]*\\)").sub(
		text, "", true
	)
	if RegEx.create_from_string("position|origin").search_all(without_vectors).size() != 1:
		return false
	return _search(_BARE % axes, without_vectors) != null


static func _search(pattern: String, text: String) -> RegExMatch:
	return RegEx.create_from_string(pattern).search(text)
