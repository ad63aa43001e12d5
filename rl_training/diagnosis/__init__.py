"""The doctor's checks: is everything there, and does the game behave as training needs it."""
