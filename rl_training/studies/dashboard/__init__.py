"""How fast the dashboard is and what it costs, in a real browser."""
