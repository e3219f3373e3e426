"""Generators. To add one, add one file here; nothing else needs to know its name."""

from studio.providers._base import Base, Context, ModelSchema, Provider
from studio.providers.registry import discover

__all__ = ["Base", "Context", "ModelSchema", "Provider", "discover"]
