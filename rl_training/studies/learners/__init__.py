"""Which learner pays when decisions are dear: all of them on two scenarios, few decisions each."""
