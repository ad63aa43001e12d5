"""Distillation: what a large policy does, taught to a small one."""
