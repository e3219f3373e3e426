"""The gallery for the faces: pages of pictures, stars and tags, delete with undo, files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from studio.db import assets, events
from studio.engine import Parts
from studio.engine.deliver import thumbnail_key
from studio.errors import BadParameter, NotFound
from studio.images import thumbnail
from studio.models import Asset, AssetFilter, AssetPage, Event, Facets

BEST_RATING = 5
SHA256_LENGTH = 64


class Gallery:
    """Finds pictures and keeps what people think of them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def page(self, wanted: AssetFilter, page: int = 1, per_page: int = 60) -> AssetPage:
        """One page of the pictures that match."""
        return self._parts.store.read(lambda tx: assets.page(tx, wanted, page, per_page))

    def facets(self) -> Facets:
        """What can be filtered by."""
        return self._parts.store.read(assets.facets)

    def asset(self, asset_id: str) -> Asset:
        """One picture.

        Raises:
            NotFound: there is none of that id.
        """
        return self._parts.store.read(lambda tx: assets.get(tx, asset_id))

    def many(self, asset_ids: Sequence[str]) -> list[Asset]:
        """Pictures in the order of the ids; unknown ids are left out."""
        return self._parts.store.read(lambda tx: assets.many(tx, asset_ids))

    def star(self, asset_id: str, on: bool) -> None:
        """Give or take the star."""
        self._update(asset_id, starred=int(on))

    def rate(self, asset_id: str, rating: int | None) -> None:
        """Rate from 1 to 5, or take the rating back.

        Raises:
            BadParameter: another number.
        """
        if rating is not None and not 1 <= rating <= BEST_RATING:
            raise BadParameter(f"{rating!r} is no rating.", "Rate from 1 to 5.")
        self._update(asset_id, rating=rating)

    def tag(self, asset_id: str, tags: Sequence[str]) -> None:
        """Replace the tags."""
        self._update(asset_id, tags=sorted({tag.strip() for tag in tags if tag.strip()}))

    def rename(self, asset_id: str, title: str | None) -> None:
        """Give a title of one's own, or take it back."""
        self._update(asset_id, title=(title or "").strip() or None)

    def delete(self, asset_ids: Sequence[str]) -> int:
        """Delete with undo: the files stay until clean-up. Returns how many."""
        at = self._parts.now()
        return self._parts.store.write(lambda tx: assets.set_deleted(tx, asset_ids, at))

    def restore(self, asset_ids: Sequence[str]) -> int:
        """Undo a delete. Returns how many came back."""
        return self._parts.store.write(lambda tx: assets.set_deleted(tx, asset_ids, None))

    def file(self, asset_id: str) -> Path:
        """The picture's file.

        Raises:
            NotFound: no such picture, or its file is gone.
        """
        path = self._parts.storage.path(self.asset(asset_id).path)
        if not path.is_file():
            raise NotFound(
                f"The file of picture {asset_id!r} is missing.",
                "Restore it from a backup of the data folder, or make the picture again.",
            )
        return path

    def thumbnail(self, sha256: str) -> Path:
        """The thumbnail of a picture with that content; drawn again if it was lost.

        Raises:
            NotFound: no such picture.
        """
        if len(sha256) != SHA256_LENGTH or not sha256.isalnum():
            raise NotFound("There is no such thumbnail.", "Reload the page.")
        key = thumbnail_key(sha256)
        if not self._parts.storage.exists(key):
            asset = self._parts.store.read(lambda tx: assets.by_hash(tx, sha256))
            self._parts.storage.put(key, thumbnail(self.file(asset.id).read_bytes()))
        return self._parts.storage.path(key)

    def file_url(self, asset: Asset) -> str:
        """Address of the picture, relative to the app."""
        return f"api/v1/files/{asset.id}/{quote(asset.file_name)}"

    def thumbnail_url(self, asset: Asset) -> str:
        """Address of the thumbnail, relative to the app."""
        return f"api/v1/thumbs/{asset.sha256}.webp"

    def events(self, asset_id: str) -> list[Event]:
        """The story of the job that made the picture."""
        job_id = self.asset(asset_id).job_id
        return self._parts.store.read(lambda tx: events.of_job(tx, job_id))

    def _update(self, asset_id: str, **columns: object) -> None:
        self._parts.store.write(lambda tx: assets.update(tx, asset_id, **columns))
