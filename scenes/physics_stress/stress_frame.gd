class_name StressFrame
extends Node
## How long the game's ticks and frames take in `physics_stress`, by the clock or counted.
##
## By the clock: what RLPerformanceMonitor measures, so without the harness's part; with several
## arenas in one engine each counts as an equal part of it. Counted: work done, times what it cost
## when it was measured (README.md), so that the same actions give the same times on every machine.
## It looks just before Sync decides, at the tick that has passed.

## Ticks over the budget in a row that are a finding.
const LATE_IN_A_ROW: int = 9
## A change from one tick to the next that is jitter, as a share of the budget.
const JITTER: float = 0.25
## The counted cost, ms: of a tick with nothing in it, a body that moves, a contact, a pair of
## magnets; of a frame, a body, and particles.
const TICK_MS: float = 0.06
const BODY_MS: float = 0.01
const CONTACT_MS: float = 0.004
const CHECK_MS: float = 0.0004
const FRAME_MS: float = 0.04
const SHOWN_MS: float = 0.001
const PARTICLES_MS: float = 0.25

@export var bodies: StressBodies
@export var magnets: StressMagnets

## Time that a tick and a frame may take, ms.
var budget_ms: float = 11.11
## By the clock; else counted.
var by_clock: bool = true
## Particles are on.
var sparks: bool = false
## Of the last tick and frame, ms.
var physics_ms: float = 0.0
var render_ms: float = 0.0
## Ticks of the episode, and how many of them were within the budget, over it, and jitter.
var ticks: int = 0
var within: int = 0
var late: int = 0
var jitters: int = 0
## Longest tick or frame of the episode, ms.
var worst_ms: float = 0.0
## Since [method begin_stretch]: mean tick, longest tick, mean frame, ms.
var recent_mean: float:
	get:
		return _sums.x / maxi(_count, 1)
var recent_max: float = 0.0
var recent_render: float:
	get:
		return _sums.y / maxi(_count, 1)

var _monitor: RLPerformanceMonitor
var _sums: Vector2 = Vector2.ZERO
var _count: int = 0
var _last_ms: float = -1.0
var _in_a_row: int = 0
# The counts that take() told of already.
var _told: Vector3i = Vector3i.ZERO


func _ready() -> void:
	process_physics_priority = -1000001
	add_to_group(&"physics_stress_frame")


## An episode begins.
func restart() -> void:
	ticks = 0
	within = 0
	late = 0
	jitters = 0
	worst_ms = 0.0
	_last_ms = -1.0
	_in_a_row = 0
	_told = Vector3i.ZERO
	if by_clock and _monitor == null:
		_monitor = RLPerformanceMonitor.current()
		_monitor.start()
	begin_stretch()


## Memory that the game holds, in MB; 0 where no clock is read: all arenas share it.
func memory_mb() -> float:
	return RLPerformanceMonitor.RLMemory.used_mb() if by_clock else 0.0


## From here on the recent values count: a decision was made.
func begin_stretch() -> void:
	_sums = Vector2.ZERO
	_count = 0
	recent_max = 0.0


## How many ticks since the last call were within the budget, over it, and jitter.
func take_counts() -> Vector3i:
	var passed: Vector3i = Vector3i(within, late, jitters) - _told
	_told += passed
	return passed


func _physics_process(_delta: float) -> void:
	if by_clock:
		_read_clock()
	else:
		_count_work()
	ticks += 1
	_sums += Vector2(physics_ms, render_ms)
	_count += 1
	recent_max = maxf(recent_max, physics_ms)
	var longest: float = maxf(physics_ms, render_ms)
	worst_ms = maxf(worst_ms, longest)
	if _last_ms >= 0.0 and absf(physics_ms - _last_ms) > JITTER * budget_ms:
		jitters += 1
	_last_ms = physics_ms
	if longest <= budget_ms:
		within += 1
		_in_a_row = 0
		return
	late += 1
	_in_a_row += 1
	if _in_a_row == LATE_IN_A_ROW:
		var told: Dictionary = {"ms": snappedf(longest, 0.01), "bodies": bodies.all.size()}
		RLFindings.report(self, "slow_frame", "frames stay over the budget", told)


func _read_clock() -> void:
	var figures: Vector2 = _monitor.newest_times()
	var arenas: int = maxi(get_tree().get_node_count_in_group(&"physics_stress_frame"), 1)
	physics_ms = figures.x / arenas
	render_ms = figures.y / arenas


func _count_work() -> void:
	var active: Vector2i = bodies.activity()
	physics_ms = TICK_MS + BODY_MS * active.x + CONTACT_MS * active.y + CHECK_MS * magnets.checks
	render_ms = FRAME_MS + SHOWN_MS * bodies.all.size() + (PARTICLES_MS if sparks else 0.0)
