extends RefCounted
## How one arena stood after one decision, whole; RLPoseReader makes them, RLPoseStage shows them.

## The run's physics tick; Unix seconds; number of the episode, and how often one began.
var tick: int = 0
var time: float = 0.0
var episode: int = -1
var serial: int = -1
var decisions: int = 0
## Reward of each agent in the episode so far.
var returns: Array = []
## Of each node a Transform3D, a Transform2D, or false: hidden or gone; null: never told.
var places: Array[Variant] = []
## What the arena's root tells of its looks; {}: nothing.
var state: Dictionary = {}
