extends RefCounted
## One HTTP request, as RLHttpParser read it. It holds values and does nothing.

## "GET", "POST", ...: as it came, upper case.
var method: String = ""
## Decoded path, without the query: "/rl/reset".
var path: String = ""
## Decoded names and values behind the "?"; the last of equal names counts.
var query: Dictionary[String, String] = {}
## Names in lower case.
var headers: Dictionary[String, String] = {}
var body: PackedByteArray = []
## Whether the connection goes on behind the answer.
var keeps_alive: bool = true


## The header [param name] (lower case), or "".
func header(name: String) -> String:
	return headers.get(name, "")
