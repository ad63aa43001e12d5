extends GodotTestCase
## Times of ticks and frames find their way into the info of the episode in which they passed.

var _clock: RLEpisodeClock = RLEpisodeClock.new()


func test_a_long_tick_is_told_by_its_episode_only() -> void:
	add_child(_clock)
	_clock.set_process(false)
	for tick: int in 6:
		_clock.begin_tick()
		if tick == 4:
			OS.delay_msec(20)
		_clock.end_tick()
		_clock._process(0.0)
	var first: Dictionary = _times(0, 3)
	var second: Dictionary = _times(3, 6)
	check(first["physics_ms_max"] < 20.0, str(first))
	check(second["physics_ms_max"] >= 20.0, str(second))
	check(second["physics_ms_mean"] >= 20.0 / 3.0, str(second))
	check(second["frame_ms_max"] >= second["physics_ms_max"], str(second))


func test_nothing_is_told_of_no_ticks() -> void:
	check_equal(_times(0, 0), {})
	_clock.free()


func test_what_the_game_tells_is_kept() -> void:
	var episode: RLEpisode = RLEpisode.new(self)
	episode.final_info = {"is_success": true}
	_clock.tell(episode)
	check_equal(episode.final_info, {"is_success": true, "times": {}})
	_clock.free()


func _times(began: int, ended: int) -> Dictionary:
	var episode: RLEpisode = RLEpisode.new(self)
	episode.began_tick = began
	episode.ended_tick = ended
	_clock.tell(episode)
	return episode.final_info["times"]
