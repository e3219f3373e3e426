"""How the installation is doing: checks in words, keys present or not, settings, disk use."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from pydantic import SecretStr

from studio.db import assets, backups, care
from studio.engine import Parts
from studio.errors import StudioError
from studio.keys import SESSION, addresses
from studio.models import Check, KeyLine, SettingLine, StorageUse, Verdict
from studio.models.report import AddressLine
from studio.providers import Provider
from studio.settings import Settings, sources_of

MOST_LOOKED_AT = 1000
LOW_DISK = 500 * 1024 * 1024
PROBE = "spool/health-check"
MASK = "set, not shown"
SMALL = 64 * 1024 * 1024
"""Bytes: a database up to that size is looked at thoroughly."""


class Health:
    """Looks at the installation; changes nothing."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def checks(self) -> list[Check]:
        """Every check with its verdict, and what to do where one fails. Accounts are another
        subject: :mod:`studio.container.accounts`.
        """
        return [
            self._python(),
            _answered("Data folder", self._folder),
            _answered("Disk space", self._disk),
            _answered("Database", self._database),
            _answered("Backups", self._backups),
            _answered("Books", self._books),
            _answered("Pictures", self._consistency),
        ]

    def keys(self) -> list[KeyLine]:
        """Whether each provider's key is there. Never the key itself."""
        return [self._key(provider) for provider in self._parts.providers.values()]

    def _key(self, provider: Provider) -> KeyLine:
        source = self._parts.keys.source(provider.key_env)
        return KeyLine(
            provider=provider.id,
            label=provider.label,
            description=provider.description,
            env=provider.key_env,
            needed=bool(provider.key_env),
            present=bool(source),
            source=source,
            in_session=source == SESSION,
            key_url=provider.key_url,
            funds_url=provider.funds_url,
            addresses=_addresses(provider),
        )

    def settings(self) -> list[SettingLine]:
        """Every setting with its value, source and meaning; secrets masked."""
        return setting_lines(self._parts.settings)

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
        thorough = self._parts.store.path.stat().st_size <= SMALL
        found = self._parts.store.read(lambda tx: care.problems(tx, thorough=thorough))
        if not found:
            return Check(name="Database", verdict=Verdict.OK, message="Sound.")
        return Check(
            name="Database",
            verdict=Verdict.ERROR,
            message=f"Damaged: {found[0]}.",
            fix="Stop the studio, then run 'studio doctor --repair'.",
        )

    def _backups(self) -> Check:
        kept = backups.all_of(self._parts.store.path)
        made = backups.made_at(kept[0]) if kept else None
        if made is None:
            message = "None yet; one is made every day on which something happened."
            return Check(name="Backups", verdict=Verdict.OK, message=message)
        noun = "backup" if len(kept) == 1 else "backups"
        message = f"{len(kept)} {noun} of the database, the newest of {made:%d %b %Y, %H:%M} UTC."
        return Check(name="Backups", verdict=Verdict.OK, message=message)

    def _books(self) -> Check:
        found = self._parts.store.read(care.disagreements)
        if not found:
            message = "The sums of money agree with the ledger."
            return Check(name="Books", verdict=Verdict.OK, message=message)
        return Check(
            name="Books",
            verdict=Verdict.ERROR,
            message=" ".join(mend.found for mend in found),
            fix="Stop the studio, then run 'studio doctor --repair'.",
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


def setting_lines(settings: Settings) -> list[SettingLine]:
    """Every setting with its value, source and meaning; secrets masked."""
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


def _answered(name: str, look: Callable[[], Check]) -> Check:
    """A check, or why it could not be made."""
    try:
        return look()
    except StudioError as error:
        return Check(name=name, verdict=Verdict.ERROR, message=error.message, fix=error.next_step)


def _addresses(provider: Provider) -> tuple[AddressLine, ...]:
    bases = provider.base_urls
    now = addresses({name: (base.env, base.default) for name, base in bases.items()})
    return tuple(
        AddressLine(name=name, env=base.env, url=_without_login(now[name]), usual=base.default)
        for name, base in bases.items()
    )


def _without_login(url: str) -> str:
    """An address without the user name and password that may stand in it."""
    scheme, slashes, rest = url.partition("//")
    host, slash, path = rest.partition("/")
    return f"{scheme}{slashes}{host.rpartition('@')[2]}{slash}{path}"


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return MASK if isinstance(value, SecretStr) else str(value)
