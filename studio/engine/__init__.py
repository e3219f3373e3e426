"""Runs jobs: one thread with one event loop, lanes per provider, state moved by transactions."""

from studio.engine.parts import Hook, Parts
from studio.engine.runner import Engine

__all__ = ["Engine", "Hook", "Parts"]
