extends RefCounted
## Writes JSON that every reader takes.
##
## Codecs and whoever writes files that Python reads call it. Godot's JSON.stringify() leaves most
## control characters in strings as they are, and writes a vertical tab as [code]\v[/code]; neither
## is JSON (RFC 8259, 7). Text without them, which is nearly all, costs one search.

# Line feeds outside of strings are indentation; inside of them Godot writes \n.
const _SUSPECT: String = "[\\x01-\\x09\\x0b-\\x1f]|\\\\v"
# Escapes are matched whole, so that a backslash before a v is not taken for one.
const _PARTS: String = "[\\x01-\\x09\\x0b-\\x1f]|\\\\."

static var _suspect: RegEx = RegEx.create_from_string(_SUSPECT)
static var _parts: RegEx = RegEx.create_from_string(_PARTS)


## [param value] as JSON, floats in full precision; [param indent] as JSON.stringify() has it.
static func of(value: Variant, indent: String = "") -> String:
	var text: String = JSON.stringify(value, indent, false, true)
	return text if _suspect.search(text) == null else _escaped(text)


static func _escaped(text: String) -> String:
	var pieces: PackedStringArray = []
	var from: int = 0
	for found: RegExMatch in _parts.search_all(text):
		var part: String = found.get_string()
		if part.length() == 2 and part != "\\v":
			continue
		var code: int = 0x0B if part.length() == 2 else part.unicode_at(0)
		pieces.append(text.substr(from, found.get_start() - from))
		pieces.append("\\u%04x" % code)
		from = found.get_end()
	pieces.append(text.substr(from))
	return "".join(pieces)
