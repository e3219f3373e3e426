"""After a change of code no old module is left, and the old studio is closed."""

from __future__ import annotations

import importlib
import sys
import types

import pytest


class Closable:
    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_old_modules_go_and_the_old_studio_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = importlib.reload(importlib.import_module("studio.ui.entry"))
    slot = types.ModuleType("_studio_slot")
    old = Closable()
    slot.__dict__.update(code=1, studio=old)
    modules = dict(sys.modules) | {"_studio_slot": slot}
    monkeypatch.setattr(sys, "modules", modules)
    entry.heal()
    assert old.closed
    assert slot.__dict__["studio"] is None
    assert not [name for name in modules if name.partition(".")[0] == "studio"]
    before = dict(modules)
    entry.heal()
    assert modules == before, "without a change nothing happens"
