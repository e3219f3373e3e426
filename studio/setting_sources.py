"""The files that settings come from: ``.streamlit/secrets.toml`` and the config file."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.errors import BadSetting

SECRETS_FILE = Path(".streamlit/secrets.toml")


def lowered(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are set, by their names in small letters."""
    return {
        key.lower(): value
        for key, value in values.items()
        if not isinstance(value, dict) and value != ""
    }


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML file holds; nothing where there is none.

    Raises:
        BadSetting: it cannot be read.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSetting(
            f"The file {path.as_posix()!r} cannot be read: {error}.", "Correct or remove that line."
        ) from error


def config_stamp() -> tuple[str, int, int] | None:
    """What tells one version of the config file from another; ``None`` without a file."""
    name = os.environ.get("STUDIO_CONFIG")
    if not name:
        return None
    try:
        found = Path(name).stat()
    except OSError:
        return name, 0, -1
    return name, found.st_mtime_ns, found.st_size


def read_config() -> dict[str, Any]:
    """What the config file holds; nothing where ``STUDIO_CONFIG`` names none.

    Raises:
        BadSetting: it does not exist or cannot be read.
    """
    name = os.environ.get("STUDIO_CONFIG")
    if not name:
        return {}
    path = Path(name)
    if not path.is_file():
        raise BadSetting(
            f"The config file {name!r} does not exist.", "Correct STUDIO_CONFIG or make the file."
        )
    if path.suffix.lower() != ".json":
        return read_toml(path)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise TypeError("it is no object with settings by name")
    except (OSError, ValueError, TypeError) as error:
        raise BadSetting(
            f"The config file {name!r} cannot be read: {error}.",
            "Correct STUDIO_CONFIG or the file.",
        ) from error
    return document
