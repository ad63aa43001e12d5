extends RefCounted
## One thing of an interface that can be used: a button, a slider, a panel's bar. UIReader makes
## them and keeps them up to date; nobody else writes them.

## What it is.
enum RLKind {
	BUTTON,  ## Answers to a click.
	TOGGLE,  ## A click changes its own state.
	SLIDER,  ## Holds a number that a drag changes.
	BAR,  ## A panel is dragged by it.
}

## Its path below the panel's viewport; the same in each visit of its page.
var id: String = ""
## The Control; null for a bar.
var control: Control
var kind: RLKind = RLKind.BUTTON
## Where it is, in its panel's pixels.
var rect: Rect2 = Rect2()
## It takes input: it is not disabled, and nothing above it says that the mouse is ignored.
var is_enabled: bool = false
## The pointer is on it, as the engine says, or it has the keyboard's focus.
var is_focused: bool = false
## What it holds: a slider's share in [0, 1], a toggle's 0 or 1, else the text that it shows; a
## bar's the panel's position.
var state: Variant = null


## What [param node] is; [param root] is its panel's viewport.
func _init(node: Control = null, root: Node = null) -> void:
	control = node
	if node == null:
		kind = RLKind.BAR
		return
	id = str(root.get_path_to(node))
	if node is Range:
		kind = RLKind.SLIDER
	elif (node as BaseButton).toggle_mode:
		kind = RLKind.TOGGLE


## Reads rect, state and flags of its Control. [param hovered] is the Control under the pointer.
func read(hovered: Control) -> void:
	rect = control.get_global_rect()
	state = read_state()
	is_enabled = control.get_mouse_filter_with_override() != Control.MOUSE_FILTER_IGNORE
	if control is BaseButton:
		is_enabled = is_enabled and not (control as BaseButton).disabled
	elif control is Slider:
		is_enabled = is_enabled and (control as Slider).editable
	is_focused = hovered == control or control.has_focus()


## What its Control holds now.
func read_state() -> Variant:
	match kind:
		RLKind.SLIDER:
			return (control as Range).ratio
		RLKind.TOGGLE:
			return 1.0 if (control as BaseButton).button_pressed else 0.0
	return (control as Button).text if control is Button else ""


## Its state as a number in [0, 1]; 0 for texts.
func level() -> float:
	return state if state is float else 0.0
