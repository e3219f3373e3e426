"""From an uploaded prompt file to checked rows: reading, mapping, templates, checks, mending."""

from studio.intake.checks import check_sheet
from studio.intake.columns import (
    EXTRA_CELLS,
    FIELDS,
    IGNORE,
    PARAM,
    VARIABLE,
    MappableField,
    guess_mapping,
)
from studio.intake.limits import MAX_BYTES, MAX_ROWS
from studio.intake.mending import error_csv, with_cells
from studio.intake.reading import read_sheet
from studio.intake.rows import MAX_IMAGES, MAX_SEED
from studio.intake.sizes import Ratio, Size, fit_ratio, parse_ratio, parse_size

__all__ = [
    "EXTRA_CELLS",
    "FIELDS",
    "IGNORE",
    "MAX_BYTES",
    "MAX_IMAGES",
    "MAX_ROWS",
    "MAX_SEED",
    "PARAM",
    "VARIABLE",
    "MappableField",
    "Ratio",
    "Size",
    "check_sheet",
    "error_csv",
    "fit_ratio",
    "guess_mapping",
    "parse_ratio",
    "parse_size",
    "read_sheet",
    "with_cells",
]
