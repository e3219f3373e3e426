"""Where finished pictures lie, and what they are called there."""

from studio.storage.local import LocalStorage, Usage
from studio.storage.names import TakenNames, picture_name, safe_name, unique_name

__all__ = ["LocalStorage", "TakenNames", "Usage", "picture_name", "safe_name", "unique_name"]
