extends CarBallCase
## A person at keyboard and pad, by input events: what each key and axis asks of the car, and that
## the car is the person's from the first of them on.

const PRESSED: float = 1.0

var _held: Array[InputEvent] = []


func test_keys_drive_the_car() -> void:
	make()
	_key(KEY_W)
	_key(KEY_D)
	_key(KEY_SPACE)
	_key(KEY_SHIFT)
	CarPerson.new().drive(car)
	check_equal(car.controls.throttle, 1.0, "throttle")
	check_equal(car.controls.steer, 1.0, "steer")
	check_equal(car.controls.yaw, 1.0, "yaw")
	check_equal(car.controls.pitch, -1.0, "pitch")
	check_equal(car.controls.roll, 0.0, "roll")
	check(car.controls.jump, "jump")
	check(car.controls.boost, "boost")
	check(not car.controls.handbrake, "handbrake")
	_release()


func test_with_the_handbrake_a_turn_is_a_roll() -> void:
	make()
	_key(KEY_CTRL)
	_key(KEY_A)
	CarPerson.new().drive(car)
	check(car.controls.handbrake, "handbrake")
	check_equal(car.controls.roll, -1.0, "roll")
	check_equal(car.controls.yaw, 0.0, "yaw")
	check_equal(car.controls.steer, -1.0, "steer")
	_release()


func test_the_pad_drives_the_car_past_its_dead_zone() -> void:
	make()
	_axis(JOY_AXIS_TRIGGER_LEFT, 0.75)
	_axis(JOY_AXIS_LEFT_X, 0.5)
	_axis(JOY_AXIS_LEFT_Y, 0.1)
	_button(JOY_BUTTON_A)
	_button(JOY_BUTTON_B)
	CarPerson.new().drive(car)
	check_near(car.controls.throttle, -0.75, 1e-6, "throttle")
	check_near(car.controls.steer, 0.5, 1e-6, "steer")
	check_equal(car.controls.pitch, 0.0, "pitch within the dead zone")
	check(car.controls.jump, "jump")
	check(car.controls.boost, "boost")
	_release()
	CarPerson.new().drive(car)
	check_equal(car.controls.throttle, 0.0, "released")


# Where there is no window nobody plays: a trainer's engines never wait for keys.
func test_nobody_plays_in_a_headless_engine() -> void:
	_key(KEY_W)
	check_equal(CarPerson.new().plays(), DisplayServer.get_name() != "headless", "plays")
	_release()


func _key(code: Key) -> void:
	var event: InputEventKey = InputEventKey.new()
	event.physical_keycode = code
	event.keycode = code
	_send(event)


func _button(button: JoyButton) -> void:
	var event: InputEventJoypadButton = InputEventJoypadButton.new()
	event.button_index = button
	event.pressure = PRESSED
	_send(event)


func _axis(axis: JoyAxis, value: float) -> void:
	var event: InputEventJoypadMotion = InputEventJoypadMotion.new()
	event.axis = axis
	event.axis_value = value
	_send(event)


func _send(event: InputEvent) -> void:
	if &"pressed" in event:
		event.set(&"pressed", true)
	_held.append(event)
	Input.parse_input_event(event)
	Input.flush_buffered_events()


func _release() -> void:
	for held: InputEvent in _held:
		var event: InputEvent = held.duplicate()
		if &"pressed" in event:
			event.set(&"pressed", false)
		else:
			event.set(&"axis_value", 0.0)
		Input.parse_input_event(event)
	Input.flush_buffered_events()
	_held.clear()
