extends RefCounted
## What `--rl.http...` asks for (docs/http_api.md), checked.
##
## RLHttpService reads it once. It opens nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

const DEFAULT_PORT: int = 8080
const LOOPBACK: String = "127.0.0.1"
const TOKEN_VARIABLE: String = "SPACETIME_RL_HTTP_TOKEN"
## Characters that a token must have where others than this machine can connect.
const SHORTEST_TOKEN: int = 16
const TOKEN_BYTES: int = 16
const MAX_TOKEN_LENGTH: int = 512

## Port, 0 to 65535; 0: any free one.
var port: int = DEFAULT_PORT
## Address to listen on.
var host: String = LOOPBACK
## What clients must show.
var token: String = ""
## Whether it was made here, so that it has to be printed.
var token_is_new: bool = false
## What cannot be used, and why; empty when all is well.
var error: String = ""


## Reads launch options: http_port, http_host and http_token, all optional.
static func read(given: Dictionary[String, String]) -> RefCounted:
	var settings: RefCounted = new()
	settings.call("_take", given)
	return settings


func _take(given: Dictionary[String, String]) -> void:
	var number: String = given.get("http_port", str(DEFAULT_PORT))
	if not number.is_valid_int() or number.to_int() < 0 or number.to_int() > 65535:
		error = "--rl.http_port takes an integer from 0 to 65535, not '%s'" % number
		return
	port = number.to_int()
	host = given.get("http_host", LOOPBACK)
	if host == "localhost":
		host = LOOPBACK
	if not (host == "*" or host.is_valid_ip_address()):
		error = "--rl.http_host takes an IP address or *, not '%s'" % host
		return
	token = given.get("http_token", OS.get_environment(TOKEN_VARIABLE))
	if token.is_empty():
		token = Crypto.new().generate_random_bytes(TOKEN_BYTES).hex_encode()
		token_is_new = true
	elif token.length() > MAX_TOKEN_LENGTH or token != token.strip_edges():
		error = "--rl.http_token takes up to %d characters without spaces" % MAX_TOKEN_LENGTH
	elif token.length() < SHORTEST_TOKEN and not is_loopback():
		error = (
			"listening on %s needs a token of at least %d characters, or none: one is made then"
			% [host, SHORTEST_TOKEN]
		)


## Whether only programs of this machine can connect.
func is_loopback() -> bool:
	return host.begins_with("127.") or host == "::1"
