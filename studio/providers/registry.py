"""Finds the providers: every module here without a leading underscore, none privileged."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from studio.providers._base import Provider

_NOT_ADAPTERS = {"registry"}


def discover(
    folders: Sequence[str] | None = None, package: str = __package__
) -> dict[str, Provider]:
    """Provider id → adapter for each ``Provider`` subclass defined in a module of the folder.

    Args:
        folders: Where to look; by default this package's own folder.
        package: The package that those folders belong to.
    """
    found: dict[str, Provider] = {}
    for module in pkgutil.iter_modules(folders or [str(Path(__file__).parent)]):
        if module.name.startswith("_") or module.name in _NOT_ADAPTERS:
            continue
        loaded = importlib.import_module(f"{package}.{module.name}")
        for thing in vars(loaded).values():
            if isinstance(thing, type) and issubclass(thing, Provider) and _is_own(thing, loaded):
                found[thing.id] = thing()
    return dict(sorted(found.items()))


def _is_own(thing: type, module: object) -> bool:
    return thing.__module__ == getattr(module, "__name__", None)
