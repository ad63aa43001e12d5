extends RefCounted
## The HTTP API's front: who may ask, which call is meant, and whether what was sent fits what
## openapi.json says. Only then a call sees it.
##
## RLHttpService makes it. Paths, methods, query and bodies are checked against the same file that
## GET /openapi.json serves, so the two cannot differ.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLDriveCalls := preload("res://addons/godot_rl/http/api/drive_calls.gd")
const RLHttpAnswer := preload("res://addons/godot_rl/http/answer.gd")
const RLHttpRequest := preload("res://addons/godot_rl/http/request.gd")
const RLSceneCalls := preload("res://addons/godot_rl/http/api/scene_calls.gd")
const RLSchemaCheck := preload("res://addons/godot_rl/http/api/schema_check.gd")
const RLStateCalls := preload("res://addons/godot_rl/http/api/state_calls.gd")
const RLWorldCalls := preload("res://addons/godot_rl/http/api/world_calls.gd")

const DOCUMENT: String = "res://addons/godot_rl/http/api/openapi.json"
const BEARER: String = "bearer "
const VERBS: PackedStringArray = ["get", "post"]
## What a body may be declared as; curl says the second where nobody tells it otherwise.
const BODY_TYPES: PackedStringArray = ["application/json", "application/x-www-form-urlencoded"]

## Why it cannot be; empty when it can.
var error: String = ""

var _token_digest: PackedByteArray
var _document_text: PackedByteArray
var _paths: Dictionary = {}
var _check: RLSchemaCheck
# operationId to Callable(RLHttpRequest, body Dictionary, RLHttpAnswer).
var _calls: Dictionary[String, Callable] = {}
# Callables hold nothing alive.
var _parts: Array[RefCounted] = []
var _crypto: Crypto = Crypto.new()


func _init(service: Node, token: String) -> void:
	_token_digest = token.sha256_buffer()
	_document_text = FileAccess.get_file_as_bytes(DOCUMENT)
	var document: Variant = JSON.parse_string(_document_text.get_string_from_utf8())
	if not document is Dictionary:
		error = "%s is missing: export *.json with the game" % DOCUMENT
		return
	_paths = document["paths"]
	_check = RLSchemaCheck.new(document)
	_calls["getOpenApi"] = _tell_document
	_parts = [
		RLDriveCalls.new(service),
		RLSceneCalls.new(service),
		RLStateCalls.new(service),
		RLWorldCalls.new(service)
	]
	for calls: RefCounted in _parts:
		_calls.merge(calls.table())


## Answers [param request], at once or later.
func handle(request: RLHttpRequest) -> RLHttpAnswer:
	var answer: RLHttpAnswer = RLHttpAnswer.new()
	if not _is_allowed(request):
		answer.headers["WWW-Authenticate"] = 'Bearer realm="spacetime-rl"'
		answer.refuse(401, "unauthorized", "send the header Authorization: Bearer TOKEN")
	elif not _paths.has(request.path):
		answer.refuse(404, "not_found", "no such path; GET /openapi.json lists all")
	else:
		_call(request, answer)
	return answer


func _is_allowed(request: RLHttpRequest) -> bool:
	var given: String = request.header("authorization")
	if not given.to_lower().begins_with(BEARER):
		return false
	# Digests have one length whatever was sent, so the time tells nothing of the token.
	var digest: PackedByteArray = given.substr(BEARER.length()).strip_edges().sha256_buffer()
	return _crypto.constant_time_compare(_token_digest, digest)


func _call(request: RLHttpRequest, answer: RLHttpAnswer) -> void:
	var methods: Dictionary = _paths[request.path]
	var verb: String = "get" if request.method == "HEAD" else request.method.to_lower()
	if verb not in VERBS or request.method != request.method.to_upper() or not methods.has(verb):
		var known: PackedStringArray = []
		for method: String in methods:
			known.append(method.to_upper())
		answer.headers["Allow"] = ", ".join(known)
		answer.refuse(405, "method_not_allowed", "use " + " or ".join(known))
		return
	var operation: Dictionary = methods[verb]
	var problem: String = _check.query_problem(request.query, operation.get("parameters", []))
	if not problem.is_empty():
		answer.refuse(400, "invalid_query", problem)
		return
	var body: Variant = {}
	if operation.has("requestBody"):
		var wanted: Dictionary = operation["requestBody"]
		if not (request.body.is_empty() and not wanted.get("required", false)):
			if not _is_json_type(request.header("content-type")):
				answer.refuse(415, "not_json", "send Content-Type: application/json")
				return
			body = _read_json(request.body, answer)
		if answer.is_ready():
			return
		problem = _check.problem_of(body, wanted["content"]["application/json"]["schema"])
		if not problem.is_empty():
			answer.refuse(400, "invalid_body", problem)
			return
	_calls[operation["operationId"]].call(request, body, answer)


static func _is_json_type(declared: String) -> bool:
	var type: String = declared.get_slice(";", 0).strip_edges().to_lower()
	return type.is_empty() or type in BODY_TYPES


func _read_json(bytes: PackedByteArray, answer: RLHttpAnswer) -> Variant:
	var text: String = "" if bytes.has(0) else bytes.get_string_from_utf8()
	var json: JSON = JSON.new()
	if text.to_utf8_buffer() != bytes or json.parse(text) != OK:
		var why: String = json.get_error_message() if not text.is_empty() else "it is no UTF-8 text"
		answer.refuse(400, "not_json", "the body is no JSON: %s" % why)
		return null
	return json.data


func _tell_document(_request: RLHttpRequest, _body: Dictionary, answer: RLHttpAnswer) -> void:
	answer.give(_document_text, RLHttpAnswer.JSON_TYPE)
