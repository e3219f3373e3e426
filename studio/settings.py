"""Settings: environment, then .streamlit/secrets.toml, then .env, then the config file; first wins.

Every name is listed in ``docs/settings.md``, which is generated from this class.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from studio.errors import BadSetting
from studio.models import Micros, to_micros
from studio.setting_sources import (
    SECRETS_FILE,
    config_stamp,
    lowered,
    read_config,
    read_toml,
)

DAYS_OF_A_MONTH = 31
"""The budget of a month, a person or a batch may be this many times the ceiling of a day."""
DAYS_OF_A_TOTAL = 1_000
"""A total budget may be this many times that ceiling."""
_TIMES = {
    "studio_daily_budget": 1,
    "studio_monthly_budget": DAYS_OF_A_MONTH,
    "studio_person_budget": DAYS_OF_A_MONTH,
    "studio_total_budget": DAYS_OF_A_TOTAL,
}
FOLLOWED = ("studio_budget_ceiling", *_TIMES)
"""These follow an edited config file at once; every other setting is read at the start."""
OTHER_NAME = re.compile(r"(?!STUDIO_)\w+_(?:KEY|TOKEN|SECRET|BASE)|(?:AI|R2)_\w+|\$SCHEMA")
"""What else may stand in the config file: keys and addresses that providers look for."""


class Settings(BaseSettings):
    """What the installation is told. Amounts of money are US dollars, times are seconds."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )
    secret_names: ClassVar[frozenset[str]] = frozenset({"studio_password", "studio_api_token"})

    studio_data_dir: Path = Field(Path("studio-data"), description="Where everything is kept.")
    studio_public_url: str | None = Field(
        None, description="Address of the app on the internet, where a proxy hides it."
    )
    studio_api_token: SecretStr | None = Field(None, description="Bearer token for the REST API.")
    studio_password: SecretStr | None = Field(None, description="Password of the app.")
    studio_allowed_emails: str | None = Field(None, description="Addresses or @domains let in.")
    studio_workers: int | None = Field(
        None, ge=1, le=64, description="Pictures in flight at once per provider account."
    )
    studio_timeout: float = Field(
        300.0, gt=0, le=86_400, description="Seconds one attempt may take."
    )
    studio_max_retries: int = Field(3, ge=0, le=20, description="Tries after the first.")
    studio_daily_budget: Decimal | None = Field(
        None, gt=0, le=100_000, description="Most dollars a day."
    )
    studio_monthly_budget: Decimal | None = Field(
        None, gt=0, le=3_100_000, description="Most dollars a month."
    )
    studio_person_budget: Decimal | None = Field(
        None, gt=0, le=3_100_000, description="Most dollars a month for each signed-in person."
    )
    studio_total_budget: Decimal | None = Field(
        None, gt=0, le=100_000_000, description="Most dollars in all, for all time."
    )
    studio_budget_ceiling: Decimal = Field(
        Decimal(100), gt=0, le=100_000, description="Highest daily budget that anybody may set."
    )
    studio_settle_seconds: float = Field(
        120.0, ge=0, description="Wait before a provider's list proves that nothing arrived."
    )
    studio_allow_private_urls: bool = Field(
        False, description="Fetch pictures from addresses inside a private network too."
    )
    studio_timezone: str = Field("UTC", description="Time zone of budget days and months.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    run_id: str | None = Field(None, description="Name of this run in the logs.")

    _given: dict[str, Any] = PrivateAttr()
    _stamp: tuple[str, int, int] | None = PrivateAttr()
    _problem: BadSetting | None = PrivateAttr(None)

    def __init__(self, **given: Any) -> None:
        stamp = config_stamp()
        super().__init__(**given)
        self._given, self._stamp = given, stamp

    @field_validator("studio_timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone; write e.g. Europe/Berlin") from error
        return name

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, level: str) -> str:
        if level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return level.upper()

    @field_validator("studio_password", "studio_api_token", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return value or None

    def follow_config(self) -> BadSetting | None:
        """Take over the budgets of the config file if it was edited.

        Returns:
            Why the file cannot be used as it is now; the budgets from before hold then.
        """
        stamp = config_stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                fresh = load_settings(**self._given)
            except BadSetting as error:
                self._problem = error
            else:
                self._problem = None
                for name in FOLLOWED:
                    setattr(self, name, getattr(fresh, name))
        return self._problem

    @property
    def budget_ceiling(self) -> Micros:
        """The highest budget of a day that people may set, micro-dollars."""
        self.follow_config()
        return to_micros(self.studio_budget_ceiling)

    @property
    def daily_budget(self) -> Micros | None:
        """The daily cap in micro-dollars."""
        self.follow_config()
        return _micros(self.studio_daily_budget)

    @property
    def monthly_budget(self) -> Micros | None:
        """The monthly cap in micro-dollars."""
        self.follow_config()
        return _micros(self.studio_monthly_budget)

    @property
    def person_budget(self) -> Micros | None:
        """The monthly cap of a person who has none of their own, in micro-dollars."""
        self.follow_config()
        return _micros(self.studio_person_budget)

    @property
    def total_budget(self) -> Micros | None:
        """The cap on everything that was ever spent, in micro-dollars."""
        self.follow_config()
        return _micros(self.studio_total_budget)

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in which budget days begin."""
        return ZoneInfo(self.studio_timezone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        secrets = InitSettingsSource(settings_cls, lowered(read_toml(SECRETS_FILE)))
        config = InitSettingsSource(settings_cls, lowered(read_config()))
        return init_settings, env_settings, secrets, dotenv_settings, config


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from all sources.

    Raises:
        BadSetting: a value that cannot be used, named with what would be right.
    """
    _check_names(read_config())
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise BadSetting(
            f"The setting {name} is not usable: {first['msg']}.",
            f"Correct {name} in the environment, .streamlit/secrets.toml, .env or the config file.",
        ) from error
    _check_budgets(settings)
    return settings


def sources_of(settings: Settings) -> dict[str, str]:
    """Name → source of its value: environment, secrets.toml, .env, config file or default."""
    layers: list[tuple[str, dict[str, Any]]] = [
        ("environment", lowered(dict(os.environ))),
        ("secrets.toml", lowered(read_toml(SECRETS_FILE))),
        (".env", lowered(dict(DotEnvSettingsSource(type(settings)).env_vars))),
        ("config file", lowered(read_config())),
    ]
    return {
        name: next((label for label, values in layers if name in values), "default")
        for name in type(settings).model_fields
    }


def find_value(names: tuple[str, ...]) -> tuple[str, str] | None:
    """(source, value) of the first of ``names`` that is set, in the order of the sources.

    A file is read only where nothing before it had the value.
    """
    layers: list[tuple[str, Callable[[], Mapping[str, Any]]]] = [
        ("environment", lambda: os.environ),
        ("secrets.toml", lambda: read_toml(SECRETS_FILE)),
        (".env", _read_dotenv),
        ("config file", lambda: {key.upper(): value for key, value in read_config().items()}),
    ]
    for label, read in layers:
        layer = read()
        for name in names:
            if value := layer.get(name):
                return label, str(value)
    return None


def _read_dotenv() -> dict[str, Any]:
    return {k.upper(): v for k, v in DotEnvSettingsSource(Settings).env_vars.items()}


def _micros(dollars: Decimal | None) -> Micros | None:
    return None if dollars is None else to_micros(dollars)


def _check_budgets(settings: Settings) -> None:
    ceiling = settings.studio_budget_ceiling
    for name, times in _TIMES.items():
        cap, most = getattr(settings, name), ceiling * times
        if cap is not None and cap > most:
            raise BadSetting(
                f"{name.upper()} is {cap} dollars, more than the {most} dollars that "
                f"STUDIO_BUDGET_CEILING ({ceiling} a day) allows.",
                f"Lower {name.upper()}, or raise STUDIO_BUDGET_CEILING on purpose.",
            )


def _check_names(document: Mapping[str, Any]) -> None:
    for name in document:
        if name.lower() not in Settings.model_fields and not OTHER_NAME.fullmatch(name.upper()):
            close = difflib.get_close_matches(name.lower(), Settings.model_fields, 1, cutoff=0)[0]
            raise BadSetting(
                f"The config file {os.environ['STUDIO_CONFIG']!r} has an unknown name: {name!r}.",
                f"The closest setting is {close.upper()}; studio config schema lists them all.",
            )
