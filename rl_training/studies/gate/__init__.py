"""How often the gate is wrong: false alarms, and worse policies that it lets pass."""
