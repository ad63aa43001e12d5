@tool
extends RefCounted
## The addon's project settings: names, defaults and what they mean, in one table.
##
## The plugin registers them, so that the editor shows them with their defaults and writes only what
## differs to project.godot. Everybody reads them by [method value_of]: at run time nothing is
## registered, and an absent setting means its default.

const ONNX_MODEL: String = "godot_rl/onnx_model"
const ACTION_REPEAT: String = "godot_rl/action_repeat"
const ONNX_RUNNER: String = "godot_rl/onnx_runner"
const LAUNCH_ARGUMENTS_IN_RELEASE: String = "godot_rl/launch_arguments_in_release"
const OVERLAY: String = "godot_rl/debug/overlay"
const OVERLAY_KEY: String = "godot_rl/debug/overlay_key"
const AGENT_WAIT_SECONDS: String = "godot_rl/training/agent_wait_seconds"

## Whether the editor shows a setting at once or only with "Advanced Settings" on.
const BASIC: bool = true
const ADVANCED: bool = false

## Name to [default, hint, hint string, BASIC or ADVANCED, what it means].
const TABLE: Dictionary[String, Array] = {
	ONNX_MODEL:
	[
		"",
		PROPERTY_HINT_FILE,
		"*.onnx",
		BASIC,
		"Policy that agents in training mode play when no trainer is named; empty: none.",
	],
	ACTION_REPEAT:
	[
		0,
		PROPERTY_HINT_RANGE,
		"0,100,1,or_greater",
		BASIC,
		"Physics ticks per decision; 0: what the scene or the policy says.",
	],
	ONNX_RUNNER:
	[
		"auto",
		PROPERTY_HINT_ENUM,
		"auto,gdscript,native",
		ADVANCED,
		"What computes policies; auto: the native library where it was built, else GDScript.",
	],
	LAUNCH_ARGUMENTS_IN_RELEASE:
	[
		false,
		PROPERTY_HINT_NONE,
		"",
		BASIC,
		(
			"Release builds take the addon's launch arguments, and carry what training and "
			+ "evaluation need."
		),
	],
	OVERLAY:
	[false, PROPERTY_HINT_NONE, "", BASIC, "Show the overlay of the agents when the game starts."],
	OVERLAY_KEY:
	[
		"F9",
		PROPERTY_HINT_NONE,
		"",
		ADVANCED,
		'Key that shows and hides the overlay, by its name, such as "F9" or "Ctrl+O"; empty: none.',
	],
	AGENT_WAIT_SECONDS:
	[
		0.0,
		PROPERTY_HINT_RANGE,
		"0,600,0.5,or_greater,suffix:s",
		ADVANCED,
		(
			"How long a run waits for a scene with agents, for example behind a menu; 0: 5 s, and "
			+ "45 s with a window."
		),
	],
}


## Makes the settings known to the editor. Values that the project has stay as they are.
static func register() -> void:
	for name: String in TABLE:
		var row: Array = TABLE[name]
		if not ProjectSettings.has_setting(name):
			ProjectSettings.set_setting(name, row[0])
		ProjectSettings.set_initial_value(name, row[0])
		var is_basic: bool = row[3] == BASIC
		ProjectSettings.set_as_basic(name, is_basic)
		ProjectSettings.add_property_info(
			{"name": name, "type": typeof(row[0]), "hint": row[1], "hint_string": row[2]}
		)


## The setting's value, a variant for a feature (`name.release`) first; its default where the
## project does not have it.
static func value_of(name: String) -> Variant:
	if not ProjectSettings.has_setting(name):
		return TABLE[name][0]
	return ProjectSettings.get_setting_with_override(name)


## What the setting means, one sentence.
static func description(name: String) -> String:
	return TABLE[name][4]
