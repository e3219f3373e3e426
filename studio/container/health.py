"""How the installation is doing: checks in words, keys present or not, settings, disk use."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

from pydantic import SecretStr

from studio.db import Tx, assets
from studio.engine import Parts
from studio.errors import StudioError
from studio.models import Check, KeyLine, SettingLine, StorageUse, Verdict
from studio.settings import provider_secret, source_of_secret, sources_of

MOST_LOOKED_AT = 1000
LOW_DISK = 500 * 1024 * 1024
PROBE = "spool/health-check"
MASK = "set, not shown"


class Health:
    """Looks at the installation; changes nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def checks(self) -> list[Check]:
        """Every check with its verdict, and what to do where one fails."""
        return [
            self._python(),
            self._folder(),
            self._disk(),
            self._database(),
            self._consistency(),
            *self._providers(),
        ]

    def keys(self) -> list[KeyLine]:
        """Whether each provider's key is there. Never the key itself."""
        return [
            KeyLine(
                provider=provider.id,
                label=provider.label,
                env=provider.key_env,
                needed=bool(provider.key_env),
                present=provider_secret(provider.key_env) is not None,
                source=source_of_secret(provider.key_env),
            )
            for provider in self._parts.providers.values()
        ]

    def settings(self) -> list[SettingLine]:
        """Every setting with its value, source and meaning; secrets masked."""
        settings = self._parts.settings
        sources = sources_of(settings)
        return [
            SettingLine(
                name=name.upper(),
                value=_shown(getattr(settings, name)),
                source=sources[name],
                description=field.description or "",
            )
            for name, field in type(settings).model_fields.items()
        ]

    def storage(self) -> StorageUse:
        """What lies on the disk."""
        storage, path = self._parts.storage, self._parts.store.path
        pictures, picture_bytes = self._parts.store.read(assets.totals)
        usage = storage.usage()
        thumbnails = sum(storage.size(key) for key in storage.keys("thumbs/"))
        siblings = [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))]
        database = sum(file.stat().st_size for file in siblings if file.exists())
        return StorageUse(
            folder=str(storage.root),
            pictures=pictures,
            picture_bytes=picture_bytes,
            thumbnail_bytes=thumbnails,
            database_bytes=database,
            other_bytes=max(0, usage.bytes - picture_bytes - thumbnails - database),
            free_bytes=usage.free,
        )

    def version(self) -> str:
        """The installed version."""
        try:
            return version("image-studio")
        except PackageNotFoundError:
            return "from source"

    def _python(self) -> Check:
        here = ".".join(map(str, sys.version_info[:3]))
        return Check(name="Python", verdict=Verdict.OK, message=f"Version {here}.")

    def _folder(self) -> Check:
        name = "Data folder"
        try:
            self._parts.storage.put(PROBE, b"ok")
            self._parts.storage.delete(PROBE)
        except StudioError as error:
            return Check(
                name=name, verdict=Verdict.ERROR, message=error.message, fix=error.next_step
            )
        shown = self._parts.settings.studio_data_dir
        return Check(name=name, verdict=Verdict.OK, message=f"{shown} can be written to.")

    def _disk(self) -> Check:
        free = self._parts.storage.usage().free
        text = f"{free / 1_000_000_000:.1f} GB free."
        if free >= LOW_DISK:
            return Check(name="Disk space", verdict=Verdict.OK, message=text)
        return Check(
            name="Disk space",
            verdict=Verdict.WARNING,
            message=text,
            fix="Free some space, or point STUDIO_DATA_DIR at a larger disk.",
        )

    def _database(self) -> Check:
        def look(tx: Tx) -> str:
            return str(next(tx.query("pragma quick_check"))["quick_check"])

        try:
            answer = self._parts.store.read(look)
        except StudioError as error:
            answer = error.message
        if answer == "ok":
            return Check(name="Database", verdict=Verdict.OK, message="Sound.")
        return Check(
            name="Database",
            verdict=Verdict.ERROR,
            message=f"Damaged: {answer}.",
            fix="Stop the studio and put the newest file from the folder 'backups' in its place.",
        )

    def _consistency(self) -> Check:
        total, _ = self._parts.store.read(assets.totals)
        looked = self._parts.store.read(lambda tx: assets.some_paths(tx, MOST_LOOKED_AT))
        missing = [key for key in looked if not self._parts.storage.exists(key)]
        if missing:
            return Check(
                name="Pictures",
                verdict=Verdict.ERROR,
                message=f"{len(missing)} of {len(looked)} files are missing, first {missing[0]!r}.",
                fix="Restore them from a backup of the data folder, or make them again.",
            )
        message = f"All {total} files are there."
        if len(looked) < total:
            message = f"{len(looked)} of {total} files looked at, all are there."
        return Check(name="Pictures", verdict=Verdict.OK, message=message)

    def _providers(self) -> list[Check]:
        return [
            Check(
                name=line.label,
                verdict=Verdict.OK if line.present or not line.needed else Verdict.WARNING,
                message=_key_message(line),
                fix="" if line.present or not line.needed else f"Set {line.env[0]}.",
            )
            for line in self.keys()
        ]


def _key_message(line: KeyLine) -> str:
    if not line.needed:
        return "Ready: it needs no key."
    return f"Key found ({line.source})." if line.present else "No key yet."


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return MASK if isinstance(value, SecretStr) else str(value)
