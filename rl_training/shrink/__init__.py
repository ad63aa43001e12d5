"""Make a recorded episode as short as it can be and still show its bug (docs/shrink.md).

Called by `spacetime-rl replay --shrink`. The parts:

- `request`: what to shrink, and where.
- `delta`: delta debugging over a list of actions; knows no engine.
- `rows`: recorded numbers of an action as an environment takes them.
- `candidates`: plays many lists of actions in the real engine, one in each arena, and says where
  the target appeared.
- `shrinking`: the whole: check, shrink, record what is left, check that again, write.
- `words`: the steps of an episode in words, and the state at its end.
"""
