"""Which episodes a run plays: levels chosen by what a policy can learn from them."""
