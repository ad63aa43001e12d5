class_name PartySettings
extends RefCounted
## The settings of one round, read from environment parameters when it begins.
##
## MultiAgentVR owns it. README.md beside this file lists name, default and range of each.

## A MultiAgentVR.Games.
var game: int = 0
## Players at the start: 2 to 4; 0: drawn.
var players: int = 0
## Whether guests come and go during the round.
var guests_move: bool = true
## Length of a round, s.
var round_seconds: float = 24.0
var pillars: int = 4
## Largest speed of a player, and of who is "it", m/s.
var speed: float = 2.5
var chaser_speed: float = 3.0
## Others nearer than this are near, m.
var near_distance: float = 3.0
## Least distance between players at the start, m.
var start_distance: float = 4.0
## How long a player who was tagged cannot be tagged again, s.
var rest_seconds: float = 1.5
## Whether a free player thaws a frozen one by a touch.
var thawing: bool = true
## Planted bugs; README.md tells what each does.
var bug_ghost_guest: bool = false
var bug_sprint: bool = false
var bug_lost_it: bool = false
var bug_leaver_leak: bool = false


## Reads all of them; a parameter that nobody set has the scene's default.
func read(default_game: int, default_seconds: float) -> void:
	game = clampi(roundi(Sync.get_parameter("game", default_game)), 0, 2)
	players = clampi(roundi(Sync.get_parameter("players", 0.0)), 0, MultiAgentVR.MOST_PLAYERS)
	guests_move = Sync.get_parameter("guests_move", 1.0) > 0.5
	round_seconds = clampf(Sync.get_parameter("round_seconds", default_seconds), 5.0, 120.0)
	pillars = clampi(roundi(Sync.get_parameter("pillars", 4.0)), 0, PartyRoom.MOST_PILLARS)
	speed = clampf(Sync.get_parameter("speed", 2.5), 0.5, 6.0)
	chaser_speed = clampf(Sync.get_parameter("chaser_speed", 3.0), 0.5, 6.0)
	near_distance = clampf(Sync.get_parameter("near_distance", 3.0), 1.0, 10.0)
	start_distance = clampf(Sync.get_parameter("start_distance", 4.0), 1.0, 8.0)
	rest_seconds = clampf(Sync.get_parameter("rest_seconds", 1.5), 0.0, 10.0)
	thawing = Sync.get_parameter("thawing", 1.0) > 0.5
	bug_ghost_guest = Sync.get_parameter("bug_ghost_guest", 0.0) > 0.5
	bug_sprint = Sync.get_parameter("bug_sprint", 0.0) > 0.5
	bug_lost_it = Sync.get_parameter("bug_lost_it", 0.0) > 0.5
	bug_leaver_leak = Sync.get_parameter("bug_leaver_leak", 0.0) > 0.5
