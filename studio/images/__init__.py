"""Work on pixels, all of it pure: check, encode, stamp, finish; and the threads that do it."""

from studio.images.check import PictureInfo, check_picture
from studio.images.encode import encode, thumbnail
from studio.images.metadata import PictureMetadata
from studio.images.pipeline import FinishedPicture, finish_picture
from studio.images.sheet import contact_sheet
from studio.images.stamp import read_stamp, stamp
from studio.images.workers import Workers

__all__ = [
    "FinishedPicture",
    "PictureInfo",
    "PictureMetadata",
    "Workers",
    "check_picture",
    "contact_sheet",
    "encode",
    "finish_picture",
    "read_stamp",
    "stamp",
    "thumbnail",
]
