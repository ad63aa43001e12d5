"""Ratings: players meet each other in matches in the engine, and a number comes out for each."""
