"""Are arenas that share one physics space the same game as each alone? Said before a run starts."""
