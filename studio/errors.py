"""Every error that a person can cause or must hear about, drawn as one tree.

    StudioError
    ├── InputError                what was given cannot be used          exit 2, HTTP 422
    │   ├── BadFile               a prompt file that cannot be read
    │   ├── BadRows               some rows must be mended first
    │   ├── BadParameter          a value that the model does not take
    │   ├── BadSetting            an environment variable or config value
    │   └── UnknownModel          no provider or model of that name
    ├── NotFound                  no batch, job or picture of that id    exit 2, HTTP 404
    ├── Conflict                  not possible in the present state      exit 2, HTTP 409
    │   └── TransitionNotAllowed  a job state move that no rule permits
    ├── MoneyError                                                       exit 3, HTTP 402
    │   ├── BudgetReached         a cap would be exceeded
    │   └── PriceUnknown          a cap applies and the price is unknown
    ├── AccountError              a provider's account cannot be used    exit 4, HTTP 403
    │   └── KeyMissing            no key for a provider that needs one
    ├── Unreachable               a provider did not answer a question   exit 1, HTTP 502
    ├── AccessDenied              no or wrong password or token          exit 2, HTTP 401
    ├── BadPicture                bytes that are no usable picture       exit 1, HTTP 422
    ├── UnsafePath                a path that leaves its folder          exit 2, HTTP 422
    ├── StorageError              the disk or bucket refused             exit 1, HTTP 507
    └── DatabaseError             the database cannot be used            exit 1, HTTP 503

Each carries a machine ``code``, a plain sentence and a next step. The UI shows both sentences,
the API maps the class to a status, the CLI to an exit code.
"""

from __future__ import annotations

from typing import ClassVar


class StudioError(Exception):
    """Base of all typed errors.

    Args:
        message: What happened, one plain sentence.
        next_step: What the person can do about it, one plain sentence.
    """

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class InputError(StudioError):
    """What was given cannot be used."""

    code = "bad_input"
    http_status = 422
    exit_code = 2


class BadFile(InputError):
    """A prompt file that cannot be read."""

    code = "bad_file"


class BadRows(InputError):
    """Some rows must be mended (or skipped on purpose) before anything is spent."""

    code = "bad_rows"


class BadParameter(InputError):
    """A value that the model does not take."""

    code = "bad_parameter"


class BadSetting(InputError):
    """An environment variable or configuration value that cannot be used."""

    code = "bad_setting"


class UnknownModel(InputError):
    """No provider or model of that name."""

    code = "unknown_model"


class NotFound(StudioError):
    """No batch, job or picture of that id."""

    code = "not_found"
    http_status = 404
    exit_code = 2


class Conflict(StudioError):
    """The request is not possible in the present state."""

    code = "conflict"
    http_status = 409
    exit_code = 2


class TransitionNotAllowed(Conflict):
    """A job state move that the transition table does not permit."""

    code = "transition_not_allowed"


class MoneyError(StudioError):
    """Spending would break a limit."""

    code = "money"
    http_status = 402
    exit_code = 3


class BudgetReached(MoneyError):
    """A cap would be exceeded. ``scope`` is ``batch``, ``personal``, ``daily``, ``monthly``
    or ``total``.
    """

    code = "budget_reached"

    def __init__(self, message: str, next_step: str, scope: str = "batch") -> None:
        super().__init__(message, next_step)
        self.scope = scope


class PriceUnknown(MoneyError):
    """A cap applies and the model's price is unknown."""

    code = "price_unknown"


class AccountError(StudioError):
    """A provider's account cannot be used."""

    code = "account"
    http_status = 403
    exit_code = 4


class KeyMissing(AccountError):
    """There is no key for a provider that needs one."""

    code = "key_missing"


class Unreachable(StudioError):
    """A provider did not answer a question that costs nothing, such as one about prices."""

    code = "unreachable"
    http_status = 502


class AccessDenied(StudioError):
    """No or a wrong password or token."""

    code = "access_denied"
    http_status = 401
    exit_code = 2


class BadPicture(StudioError):
    """Bytes that are no usable picture: truncated, of a wrong type, or a decompression bomb."""

    code = "bad_picture"
    http_status = 422


class UnsafePath(StudioError):
    """A path that would leave the folder it belongs to."""

    code = "unsafe_path"
    http_status = 422
    exit_code = 2


class StorageError(StudioError):
    """The disk or bucket refused to read or write."""

    code = "storage"
    http_status = 507


class DatabaseError(StudioError):
    """The database cannot be opened, is damaged, or is newer than this program."""

    code = "database"
    http_status = 503
