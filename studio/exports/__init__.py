"""What leaves the studio: folders in known layouts, zip archives, tables and contact sheets."""

from studio.exports.archive import write_zip
from studio.exports.closing import Statistics, statistics
from studio.exports.registry import Layout, layout, layout_names
from studio.exports.sheet import contact_sheet
from studio.exports.tables import csv_bytes, manifest

__all__ = [
    "Layout",
    "Statistics",
    "contact_sheet",
    "csv_bytes",
    "layout",
    "layout_names",
    "manifest",
    "statistics",
    "write_zip",
]
