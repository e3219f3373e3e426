"""``studio doctor``: is everything in order, do the providers answer, and mending what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from studio.cli import trial
from studio.cli.arguments import JsonFlag, YesFlag
from studio.cli.follow import Stop, stop_on_signal
from studio.cli.outcomes import ACCOUNT_REFUSED, SOME_FAILED
from studio.cli.panels import SET_UP
from studio.cli.screen import plain, results, say, table, write_json
from studio.errors import DatabaseError, StorageError, StudioError
from studio.models import AccountState, Check, KeyLine, SettingLine, Verdict, to_dollars

if TYPE_CHECKING:
    from studio.container import Studio
    from studio.container.accounts import Standing
    from studio.settings import Settings

_LOOK = {
    Verdict.OK: ("ok", "bold green"),
    Verdict.WARNING: ("warning", "bold yellow"),
    Verdict.ERROR: ("error", "bold red"),
}


@dataclass(slots=True)
class Findings:
    """What the doctor found."""

    checks: list[Check]
    keys: list[KeyLine]
    settings: list[SettingLine]
    accounts: list[Standing] = field(default_factory=list)
    refused: bool = False
    """A provider refused an account, its key or its funds."""
    broken: bool = False
    """Something else is wrong."""

    def add(self, check: Check, *, refused: bool = False) -> None:
        """One more finding."""
        self.checks.append(check)
        self.refused |= refused
        self.broken |= check.verdict is Verdict.ERROR and not refused

    @property
    def exit_code(self) -> int:
        """1 when something is broken, 4 when only an account was refused."""
        if self.broken:
            return SOME_FAILED
        return ACCOUNT_REFUSED if self.refused else 0


def register(app: typer.Typer) -> None:
    """Add ``doctor``."""
    app.command("doctor", rich_help_panel=SET_UP)(doctor)


def doctor(
    *,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the providers; without it nothing is sent.")
    ] = False,
    provider: Annotated[
        str | None, typer.Option(metavar="ID", help="Look at this provider only.")
    ] = None,
    picture: Annotated[
        bool,
        typer.Option("--picture/--no-picture", help="With --live: make one test picture for each."),
    ] = True,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend the database and the books; asks before.")
    ] = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Check the installation, keys and settings; with --live also accounts, prices and pictures.

    Exit code 1 when something is broken, 4 when a provider refuses the account.
    """
    from studio.cli import repairing
    from studio.settings import load_settings

    settings = load_settings()
    repaired = repairing.repair(settings, yes=yes) if repair else None
    try:
        found, accounts = _examine(provider, live=live, picture=picture, yes=yes)
    except (DatabaseError, StorageError) as error:
        found, accounts = _closed(settings, error), []
    if as_json:
        document = _document(found, accounts)
        write_json(document if repaired is None else document | {"repair": repaired})
    else:
        _show(found)
        say(_last_words(found))
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _examine(
    provider: str | None, *, live: bool, picture: bool, yes: bool
) -> tuple[Findings, list[dict[str, Any]]]:
    """Open the studio and look at everything."""
    from studio.container import open_studio

    with stop_on_signal() as stop, open_studio() as studio:
        found = _look(studio, provider)
        for standing in found.accounts:
            if live:
                _look_live(studio, standing, found, stop, picture=picture, yes=yes)
            else:
                found.add(standing.check(), refused=_is_refused(standing))
        return found, _accounts(studio, found)


def _closed(settings: Settings, error: StudioError) -> Findings:
    """What can be said where the studio cannot be opened."""
    from studio.cli.repairing import plain_checks
    from studio.container.health import setting_lines

    found = Findings([], [], setting_lines(settings))
    for check in plain_checks(settings, error):
        found.add(check)
    found.broken = True
    return found


def _look(studio: Studio, provider: str | None) -> Findings:
    """Everything that can be seen without asking anybody."""
    from studio.container.accounts import standing, standings

    accounts = [standing(studio, provider)] if provider else standings(studio)
    found = Findings([], [each.line for each in accounts], studio.health.settings(), accounts)
    for check in studio.health.checks():
        found.add(check)
    return found


def _look_live(
    studio: Studio, standing: Standing, found: Findings, stop: Stop, *, picture: bool, yes: bool
) -> None:
    """Reach, account, price and picture of one provider."""
    from studio.container.accounts import look
    from studio.container.reach import reach

    line = standing.line
    if line.present or not line.needed:
        for check in reach(line):
            found.add(check)
    now = look(studio, line.provider)
    found.add(now.check(), refused=_is_refused(now))
    if now.state is not AccountState.READY:
        return
    studio.live.refresh_prices(
        [card.id for card in studio.models.cards() if card.provider == line.provider]
    )
    plan = trial.cheapest(studio, line.provider)
    if plan is None:
        return
    found.add(trial.price_check(studio, line.label, plan))
    if picture and not stop.asked:
        if trial.may_make(line.label, plan, yes=yes):
            check, refused = trial.make(studio, line.label, plan, stop)
            found.add(check, refused=refused)
        else:
            found.add(trial.left_out(line.label, plan))


def _is_refused(standing: Standing) -> bool:
    from studio.container.accounts import REFUSED

    return standing.state in REFUSED


def _last_words(found: Findings) -> str:
    if found.broken:
        return "Something is broken; see the red lines."
    return "A provider refuses the account; see the red lines." if found.refused else "All is well."


def _show(found: Findings) -> None:
    screen = results()
    rows = [
        (Text(*_LOOK[check.verdict]), check.name, plain(f"{check.message} {check.fix}"))
        for check in found.checks
    ]
    screen.print(table(("", "Check", "Finding"), rows))
    screen.print()
    keys = [(key.label, _key_words(key), key.source or " | ".join(key.env)) for key in found.keys]
    screen.print(table(("Provider", "Key", "Read from"), keys))
    moved = _moved(found.keys)
    if moved:
        screen.print()
        screen.print(table(("Address", "Now", "Usually", "Set by"), moved))
    screen.print()
    lines = [(line.name, line.value, line.source) for line in found.settings]
    screen.print(table(("Setting", "Value", "Source"), lines))


def _key_words(key: KeyLine) -> str:
    if not key.needed:
        return "not needed"
    return "there" if key.present else "missing"


def _moved(keys: Sequence[KeyLine]) -> list[tuple[str, str, str, str]]:
    """Addresses that differ from the usual ones."""
    return [
        (f"{key.label}: {address.name}", address.url, address.usual, " | ".join(address.env))
        for key in keys
        for address in key.addresses
        if address.moved
    ]


def _accounts(studio: Studio, found: Findings) -> list[dict[str, Any]]:
    """How each account stood last, for ``--json``."""
    from studio.container.accounts import standing

    now = [standing(studio, line.provider) for line in found.keys]
    return [
        {
            "provider": each.line.provider,
            "state": each.state.value if each.state else None,
            "words": each.words,
            "balance_usd": to_dollars(each.account.balance) if each.account else None,
            "checked_at": each.checked_at.isoformat() if each.checked_at else None,
        }
        for each in now
    ]


def _document(found: Findings, accounts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "healthy": found.exit_code == 0,
        "checks": [check.model_dump(mode="json") for check in found.checks],
        "keys": [key.model_dump(mode="json") for key in found.keys],
        "accounts": accounts,
        "settings": [line.model_dump(mode="json") for line in found.settings],
    }
