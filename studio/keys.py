"""Keys and addresses of providers: from this session, or from the sources that settings have."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from pydantic import SecretStr

from studio.errors import BadSetting
from studio.settings import find_value

SESSION = "this session"


class Keys:
    """Finds keys. A key given for this session lives in memory only, and goes with the process."""

    def __init__(self) -> None:
        self._session: dict[str, SecretStr] = {}
        self._lock = threading.Lock()

    def get(self, names: tuple[str, ...]) -> str | None:
        """The key that is looked for under any of ``names``: this session's wins."""
        found = self._find(names)
        return None if found is None else found[1]

    def source(self, names: tuple[str, ...]) -> str:
        """Where :meth:`get` found it; empty when it found none."""
        found = self._find(names)
        return "" if found is None else found[0]

    def use(self, names: tuple[str, ...], key: str) -> None:
        """Use ``key`` from now on, until the process ends or :meth:`forget`."""
        with self._lock:
            self._session[names[0]] = SecretStr(key.strip())

    def forget(self, names: tuple[str, ...]) -> None:
        """Forget the key given for this session."""
        with self._lock:
            self._session.pop(names[0], None)

    def _find(self, names: tuple[str, ...]) -> tuple[str, str] | None:
        if not names:
            return None
        with self._lock:
            given = self._session.get(names[0])
        return (SESSION, given.get_secret_value()) if given else find_value(names)


def addresses(wanted: Mapping[str, tuple[tuple[str, ...], str]]) -> dict[str, str]:
    """Name → address without a slash at the end, from (accepted setting names, usual address).

    Raises:
        BadSetting: what is set is no web address.
    """
    found = {}
    for name, (names, usual) in wanted.items():
        given = find_value(names)
        address = (usual if given is None else given[1].strip()).rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise BadSetting(
                f"{names[0]} is {address!r}, which is no web address.",
                f"Write it as {usual}, or leave it out.",
            )
        found[name] = address
    return found
