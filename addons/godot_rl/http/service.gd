extends Node
## The HTTP API of a running engine (docs/http_api.md): its server, its calls, and what they do to
## the session.
##
## Sync adds it where `--rl.http=true` asks for it. It is polled each frame and, where Sync blocks
## until a trainer speaks, in that wait ([method while_waiting]): it answers while a trainer holds
## the tree. It works on the main thread only, between ticks or inside a decision, never in the
## middle of the game's scripts.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArenaBuilder := preload("res://addons/godot_rl/arenas/arena_builder.gd")
const RLHttpAnswer := preload("res://addons/godot_rl/http/answer.gd")
const RLHttpApi := preload("res://addons/godot_rl/http/api/api.gd")
const RLHttpPipe := preload("res://addons/godot_rl/http/pipe.gd")
const RLHttpServer := preload("res://addons/godot_rl/http/server.gd")
const RLHttpSettings := preload("res://addons/godot_rl/http/settings.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLPolicy := preload("res://addons/godot_rl/policies/policy.gd")
const RLSession := preload("res://addons/godot_rl/session/session.gd")
const RLTreeGate := preload("res://addons/godot_rl/http/tree_gate.gd")

## How long a request may wait for its answer, in milliseconds; then it is refused with 503.
const ANSWER_LIMIT_MS: int = 30000
## While Sync waits for a trainer, in microseconds: how long nothing may happen before the looks at
## the connections have short pauses between them, and long ones; and those pauses.
const BUSY_USEC: int = 100
const QUIET_USEC: int = 20000
const SHORT_PAUSE_USEC: int = 20
const LONG_PAUSE_USEC: int = 500
## What lies longer apart belongs to two waits.
const NEW_WAIT_USEC: int = 50
## How long a frame in which the world stands still waits for requests, in microseconds.
const STILL_FRAME_USEC: int = 4000

## The autoload.
var sync: Sync
var gate: RLTreeGate
## The trainer that HTTP clients are; null: nobody has driven yet.
var pipe: RLHttpPipe
## Things to do that need the main loop, in their order: each is called once a frame and returns
## whether it is done.
var jobs: Array[Callable] = []

var _settings: RLHttpSettings
var _server: RLHttpServer
var _api: RLHttpApi
# Answers that are not ready.
var _waiting: Array[RLHttpAnswer] = []
# When a wait for a trainer was busy last, and when it looked last.
var _quiet_since_usec: int = 0
var _waited_usec: int = 0
# Requests are served inside a tick in which Sync waits for a trainer.
var _is_in_wait: bool = false


## [param given] are the launch options that begin with "http".
func _init(for_sync: Sync, given: Dictionary[String, String]) -> void:
	name = "HttpApi"
	process_mode = Node.PROCESS_MODE_ALWAYS
	sync = for_sync
	_settings = RLHttpSettings.read(given)


func _ready() -> void:
	gate = RLTreeGate.new(get_tree())
	var problem: String = _settings.error
	if problem.is_empty():
		_api = RLHttpApi.new(self, _settings.token)
		problem = _api.error
	if problem.is_empty():
		_server = RLHttpServer.new(_api.handle)
		problem = _server.listen(_settings.host, _settings.port)
	if not problem.is_empty():
		_server = null
		RLLog.error("the HTTP API is off: " + problem)
		return
	var shown: String = _settings.host if _settings.host != "*" else "0.0.0.0"
	RLLog.info("HTTP API on http://%s:%d" % [shown, _server.port])
	if _settings.token_is_new:
		RLLog.info("HTTP API token: " + _settings.token)


func _exit_tree() -> void:
	if _server != null:
		_server.poll()
		_server.close()


func _process(_delta: float) -> void:
	gate.frame()
	if _server == null:
		return
	_look()
	for job: Callable in jobs.duplicate():
		if job.call():
			jobs.erase(job)
	if jobs.is_empty() and _stands_still():
		_linger()


## Serves clients while Sync waits for a trainer's message, a little at a time. Returns false when
## the main loop has to go on.
func while_waiting() -> bool:
	if _server == null:
		OS.delay_usec(LONG_PAUSE_USEC)
		return true
	var now: int = Time.get_ticks_usec()
	_is_in_wait = true
	var worked: bool = _look()
	_is_in_wait = false
	# Calls of one wait follow each other at once.
	if worked or now - _waited_usec > NEW_WAIT_USEC:
		_quiet_since_usec = now
	var quiet_usec: int = now - _quiet_since_usec
	if quiet_usec > QUIET_USEC:
		OS.delay_usec(LONG_PAUSE_USEC)
	elif quiet_usec > BUSY_USEC:
		OS.delay_usec(SHORT_PAUSE_USEC)
	_waited_usec = Time.get_ticks_usec()
	return jobs.is_empty()


## The session that is going on; null: none is.
func session() -> RLSession:
	return sync.get_session()


## Whether the world stands still for a decision: of a trainer, or of a client that drives.
func holds_tree() -> bool:
	var now: RLSession = session()
	return now != null and (_is_in_wait or now.holds_tree())


## Physics ticks that have passed since the session began.
func tick() -> int:
	var now: RLSession = session()
	return now.roster.tick + gate.uncounted if now != null else 0


## Who decides for the agents: "trainer" (over TCP), "http", "run" (an evaluation, a measurement or
## a replay), "game" (players and built-in policies), or "none": no session goes on.
func driver() -> String:
	var now: RLSession = session()
	if now == null:
		return "none"
	if pipe != null and not pipe.is_over:
		return "http"
	if now.has_trainer():
		return "trainer"
	return "run" if now.ends_process else "game"


## The policy that plays what HTTP clients send; null: there is none yet.
func driven_policy() -> RLPolicy:
	if session() == null or pipe == null or pipe.is_over:
		return null
	for policy: RLPolicy in session().policies():
		if policy.describe() == pipe.describe():
			return policy
	return null


## The connection with which a run begins that is driven over HTTP.
func new_pipe() -> RLHttpPipe:
	pipe = RLHttpPipe.new()
	return pipe


## Keeps [param answer] in sight until it is ready.
func expect(answer: RLHttpAnswer) -> RLHttpAnswer:
	if not answer.is_ready():
		_waiting.append(answer)
	return answer


## How many clients are connected.
func client_count() -> int:
	return _server.connection_count() if _server != null else 0


# Serves everybody once. Returns whether anything happened.
func _look() -> bool:
	var worked: bool = _server.poll()
	if not _waiting.is_empty():
		_look_at_waiting()
	return worked


func _look_at_waiting() -> void:
	var now: RLSession = session()
	if pipe != null and pipe.is_busy() and now != null and now.is_running:
		if driven_policy() == null:
			pipe.fail("no_agents", "no agent of the scene is in training mode: nothing to drive")
	var still: Array[RLHttpAnswer] = []
	for answer: RLHttpAnswer in _waiting:
		if answer.is_ready():
			continue
		if Time.get_ticks_msec() - answer.asked_ms > ANSWER_LIMIT_MS:
			answer.refuse(503, "timeout", "not done within %d s" % (ANSWER_LIMIT_MS / 1000))
		else:
			still.append(answer)
	_waiting = still


func _stands_still() -> bool:
	if gate.is_shut and not gate.is_passing():
		return true
	var now: RLSession = session()
	return now != null and now.holds_tree() and pipe != null and not pipe.is_busy()


# Nothing moves: looks for requests for a while instead of going round the main loop.
func _linger() -> void:
	var until: int = Time.get_ticks_usec() + STILL_FRAME_USEC
	while Time.get_ticks_usec() < until and jobs.is_empty() and _stands_still():
		if not _look():
			OS.delay_usec(LONG_PAUSE_USEC / 4)
