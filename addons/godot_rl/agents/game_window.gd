extends RefCounted
## The game's window where nobody sees it, as on a virtual screen: not drawn unless it is asked for.
##
## Sync calls [method leave_out] at the start of a run whose trainer says so (`--rl.draw_window=0`):
## in software the window costs far more than the cameras of a decision. SubViewports are drawn as
## ever. RLViewPicture calls [method draw_once].


## Draws the window of [param tree] no more.
static func leave_out(tree: SceneTree) -> void:
	RenderingServer.viewport_set_update_mode(
		tree.root.get_viewport_rid(), RenderingServer.VIEWPORT_UPDATE_DISABLED
	)


## Draws everything at once, the window of [param tree] with it, whether or not it is left out.
static func draw_once(tree: SceneTree) -> void:
	var window: RID = tree.root.get_viewport_rid()
	var mode: RenderingServer.ViewportUpdateMode = RenderingServer.viewport_get_update_mode(window)
	RenderingServer.viewport_set_update_mode(window, RenderingServer.VIEWPORT_UPDATE_ALWAYS)
	RenderingServer.force_draw(false)
	RenderingServer.viewport_set_update_mode(window, mode)
