"""What a watching window costs the training that it attaches to (`spacetime-rl study watching`)."""
