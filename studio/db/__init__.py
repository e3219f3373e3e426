"""SQLite through sqlite-utils: one writer thread, many readers, every move one transaction."""

from studio.db.connect import Store, Tx

__all__ = ["Store", "Tx"]
