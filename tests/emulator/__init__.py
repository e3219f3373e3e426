"""Local stand-ins for hosted generators: faithful on the wire, with a bill of their own.

``serve()`` runs one inside a test; ``python -m tests.emulator`` runs one to try the app by hand.
"""

from __future__ import annotations

from tests.emulator.bill import Accepted, Bill, Charge
from tests.emulator.fal_account import FalAccount
from tests.emulator.fal_prices import FalPrice
from tests.emulator.server import Served, serve
from tests.emulator.trouble import KINDS, Rule, Trouble
from tests.emulator.world import Clock, World

__all__ = [
    "KINDS",
    "Accepted",
    "Bill",
    "Charge",
    "Clock",
    "FalAccount",
    "FalPrice",
    "Rule",
    "Served",
    "Trouble",
    "World",
    "serve",
]
