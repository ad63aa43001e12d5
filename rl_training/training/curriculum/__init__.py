"""Lessons and schedules: how environment parameters change while a policy learns."""
