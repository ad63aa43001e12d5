@tool
extends RefCounted
## The text of a GDScript file as statements, and the few literals that can be read out of it.
##
## Called by the checks. It only reads text: no line of the user's is run, except constant
## dictionary literals, which [Expression] evaluates after every name was ruled out.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const MOST_READ: int = 100


## A statement: one or more lines joined, without comments.
class RLStatement:
	extends RefCounted
	## The function it stands in, or "".
	var function: String
	## Line in the file, from 1.
	var line: int
	## The code; texts in quotes are emptied.
	var text: String
	## The code with its texts.
	var full: String
	## The comments of its lines.
	var comment: String


# Texts that were read last: the same scripts are asked about at every click.
static var _read: Dictionary[String, Array] = {}


## The statements of [param source], in order.
static func statements(source: String) -> Array[RLStatement]:
	if not _read.has(source):
		if _read.size() >= MOST_READ:
			_read.clear()
		_read[source] = _split(source)
	var found: Array[RLStatement] = []
	found.assign(_read[source])
	return found


static func _split(source: String) -> Array[RLStatement]:
	var found: Array[RLStatement] = []
	var function: String = ""
	var open: RLStatement = null
	var depth: int = 0
	var quote: String = ""
	var lines: PackedStringArray = source.split("\n")
	for number: int in lines.size():
		if open == null:
			open = RLStatement.new()
			open.line = number + 1
		quote = _read_line(lines[number], open, quote)
		depth = _depth(open.text)
		if not quote.is_empty() or depth > 0 or open.text.ends_with("\\"):
			open.text = open.text.trim_suffix("\\") + " "
			open.full = open.full.trim_suffix("\\") + " "
			continue
		if not open.text.strip_edges().is_empty():
			var indented: bool = open.text[0] in [" ", "\t"]
			if not indented:
				function = _function_name(open.text)
			open.function = function
			found.append(open)
		open = null
	return found


## The value of the dictionary that [param function] returns as a literal, or null: none, more than
## one return, or names in it.
static func returned_literal(source: String, function: String) -> Variant:
	var text: String = returned_text(source, function)
	if text.is_empty() or not _is_literal(text):
		return null
	var expression: Expression = Expression.new()
	if expression.parse(text) != OK:
		return null
	var value: Variant = expression.execute([], null, false)
	return null if expression.has_execute_failed() else value


## What stands behind the only `return` of [param function]; "" if there is none or more than one.
static func returned_text(source: String, function: String) -> String:
	var returned: PackedStringArray = []
	for statement: RLStatement in statements(source):
		if statement.function != function:
			continue
		var text: String = statement.full.strip_edges()
		if text.begins_with("return "):
			returned.append(text.substr(7).strip_edges())
		elif text.contains(": return "):
			return ""
	return returned[0] if returned.size() == 1 else ""


## The number of elements of the list that stands under [param key] in a dictionary's text; -1 if
## that is no list in brackets.
static func list_size(text: String, key: String) -> int:
	var start: RegExMatch = RegEx.create_from_string("[\"']%s[\"']\\s*:\\s*\\[" % key).search(text)
	if start == null:
		return -1
	var depth: int = 0
	var commas: int = 0
	var since_comma: String = ""
	for at: int in range(start.get_end(), text.length()):
		var sign: String = text[at]
		if sign in ["(", "[", "{"]:
			depth += 1
		elif sign == "]" and depth == 0:
			# What stands behind the list may change it: `[...] + more`.
			var rest: String = text.substr(at + 1).strip_edges()
			if not (rest.begins_with("}") or rest.begins_with(",")):
				return -1
			return commas + (0 if since_comma.strip_edges().is_empty() else 1)
		elif sign in [")", "]", "}"]:
			depth -= 1
		if sign == "," and depth == 0:
			commas += 1
			since_comma = ""
		else:
			since_comma += sign
	return -1


# Adds a line to a statement; returns the quote that is still open at its end.
static func _read_line(line: String, into: RLStatement, quote: String) -> String:
	var at: int = 0
	while at < line.length():
		var part: String = line[at]
		var is_code: bool = quote.is_empty()
		if is_code and part == "#":
			into.comment += line.substr(at)
			break
		if is_code and (part == '"' or part == "'"):
			quote = part.repeat(3) if line.substr(at, 3) == part.repeat(3) else part
			part = quote
		elif not is_code and line.substr(at, quote.length()) == quote:
			part = quote
			quote = ""
			is_code = true
		elif not is_code and part == "\\":
			part = line.substr(at, 2)
		into.full += part
		if is_code:
			into.text += part
		at += part.length()
	# A text in single quotes ends with its line, whatever is missing.
	return quote if quote.length() == 3 else ""


static func _depth(text: String) -> int:
	var depth: int = 0
	for sign: String in text:
		if sign in ["(", "[", "{"]:
			depth += 1
		elif sign in [")", "]", "}"]:
			depth -= 1
	return depth


static func _function_name(text: String) -> String:
	var found: RegExMatch = RegEx.create_from_string("^(?:static\\s+)?func\\s+(\\w+)").search(text)
	return "" if found == null else found.get_string(1)


# Whether a text holds no names but those of constants, so that nothing of the user's would run.
static func _is_literal(text: String) -> bool:
	var without_texts: String = RegEx.create_from_string("\"[^\"]*\"|'[^']*'").sub(text, "", true)
	for found: RegExMatch in RegEx.create_from_string("[A-Za-z_]\\w*").search_all(without_texts):
		if found.get_string() not in ["true", "false", "null"]:
			return false
	return true
