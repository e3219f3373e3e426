"""Assets: one row per stored picture, and the gallery's views of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from studio.db.connect import Tx
from studio.db.rows import asset_from, dump, timestamp
from studio.errors import NotFound
from studio.models import Asset, AssetFilter, AssetPage, AssetSort, Facets

IDS_AT_ONCE = 500
_ORDER = {
    AssetSort.NEWEST: "assets.seq desc",
    AssetSort.OLDEST: "assets.seq",
    AssetSort.SHEET: "assets.batch_id desc, assets.position, assets.output_index",
}


def insert(tx: Tx, asset: Asset, *, position: int, output_index: int = 0) -> None:
    """Store the row of a picture whose file is in place."""
    row = asset.model_dump(mode="json", exclude={"params", "variables", "tags"})
    row |= {name: dump(getattr(asset, name)) for name in ("params", "variables", "tags")}
    row |= {
        "created_at": timestamp(asset.created_at),
        "position": position,
        "output_index": output_index,
    }
    tx.table("assets").insert(row)


def get(tx: Tx, asset_id: str) -> Asset:
    """One asset, deleted or not.

    Raises:
        NotFound: there is none of that id.
    """
    for row in tx.query("select * from assets where id = ?", [asset_id]):
        return asset_from(row)
    raise NotFound(f"There is no picture {asset_id!r}.", "Open it from the gallery.")


def many(tx: Tx, asset_ids: Sequence[str]) -> list[Asset]:
    """Assets in the order of the ids; unknown ids are left out."""
    found: dict[str, Asset] = {}
    for start in range(0, len(asset_ids), IDS_AT_ONCE):
        some = list(asset_ids[start : start + IDS_AT_ONCE])
        places = ", ".join("?" * len(some))
        rows = tx.query(f"select * from assets where id in ({places})", some)
        found |= {row["id"]: asset_from(row) for row in rows}
    return [found[asset_id] for asset_id in asset_ids if asset_id in found]


def of_batch(tx: Tx, batch_id: str, limit: int = 200) -> list[Asset]:
    """Pictures of a batch, newest first."""
    rows = tx.query(
        "select * from assets where batch_id = ? and deleted_at is null order by seq desc limit ?",
        [batch_id, limit],
    )
    return [asset_from(row) for row in rows]


def all_of_batch(tx: Tx, batch_id: str) -> dict[str, Asset]:
    """Job id → its first picture, deleted or not, for a whole batch."""
    rows = tx.query(
        "select * from assets where batch_id = ? order by position, output_index desc", [batch_id]
    )
    return {row["job_id"]: asset_from(row) for row in rows}


def of_jobs(tx: Tx, job_ids: Collection[str]) -> list[Asset]:
    """The pictures of some jobs, deleted or not."""
    rows = tx.query(
        f"select * from assets where job_id in ({', '.join('?' * len(job_ids))}) "
        "order by output_index",
        list(job_ids),
    )
    return [asset_from(row) for row in rows]


def some_paths(tx: Tx, limit: int) -> list[str]:
    """Storage keys of up to ``limit`` pictures, drawn by lot."""
    rows = tx.query("select path from assets order by random() limit ?", [limit])
    return [row["path"] for row in rows]


def by_hash(tx: Tx, sha256: str) -> Asset:
    """A picture with that content.

    Raises:
        NotFound: there is none.
    """
    for row in tx.query("select * from assets where sha256 = ? limit 1", [sha256]):
        return asset_from(row)
    raise NotFound("There is no such picture.", "Reload the page.")


def page(tx: Tx, wanted: AssetFilter, number: int, per_page: int) -> AssetPage:
    """One page of the gallery; a page beyond the end shows the last one."""
    where, values = _where(wanted)
    total = int(next(tx.query(f"select count(*) as n from assets where {where}", values))["n"])
    pages = max(1, -(-total // per_page))
    number = min(max(1, number), pages)
    rows = tx.query(
        f"select * from assets where {where} order by {_ORDER[wanted.sort]} limit ? offset ?",
        [*values, per_page, (number - 1) * per_page],
    )
    items = [asset_from(row) for row in rows]
    return AssetPage(items=items, total=total, page=number, pages=pages)


def facets(tx: Tx) -> Facets:
    """What can be filtered by, with the number of pictures, most first."""
    live = "from assets where deleted_at is null"
    batches = tx.query(
        "select a.batch_id as id, b.title as title, a.n as n from "
        f"(select batch_id, count(*) as n {live} group by 1) a "
        "join batches b on b.id = a.batch_id order by b.seq desc limit 200"
    )
    models = tx.query(f"select model as key, count(*) as n {live} group by 1 order by n desc")
    sections = tx.query(
        f"select section as key, count(*) as n {live} and section <> '' "
        "group by 1 order by n desc limit 200"
    )
    return Facets(
        batches=[(row["id"], row["title"], row["n"]) for row in batches],
        models=[(row["key"], row["n"]) for row in models],
        sections=[(row["key"], row["n"]) for row in sections],
    )


def update(tx: Tx, asset_id: str, **columns: Any) -> None:
    """Change what a person may change: ``starred``, ``rating``, ``tags``, ``title``.

    Raises:
        NotFound: there is no picture of that id.
    """
    values = [dump(value) if isinstance(value, list) else value for value in columns.values()]
    assignments = ", ".join(f"{name} = ?" for name in columns)
    cursor = tx.execute(f"update assets set {assignments} where id = ?", [*values, asset_id])
    if cursor.rowcount != 1:
        raise NotFound(f"There is no picture {asset_id!r}.", "Open it from the gallery.")


def set_deleted(tx: Tx, asset_ids: Sequence[str], at: datetime | None) -> int:
    """Delete (with a time) or restore (with ``None``); returns how many changed."""
    was = "is null" if at else "is not null"
    cursor = tx.execute(
        f"update assets set deleted_at = ? where deleted_at {was} "
        f"and id in ({', '.join('?' * len(asset_ids))})",
        [timestamp(at) if at else None, *asset_ids],
    )
    return int(cursor.rowcount)


def totals(tx: Tx) -> tuple[int, int]:
    """(pictures, bytes) kept, the deleted ones included: their files are still there."""
    row = next(tx.query("select count(*) as n, coalesce(sum(size), 0) as size from assets"))
    return int(row["n"]), int(row["size"])


def _where(wanted: AssetFilter) -> tuple[str, list[Any]]:
    parts = ["assets.deleted_at is not null" if wanted.deleted else "assets.deleted_at is null"]
    values: list[Any] = []
    for column in ("batch_id", "model", "section"):
        if (value := getattr(wanted, column)) is not None:
            parts.append(f"assets.{column} = ?")
            values.append(value)
    if wanted.starred is not None:
        parts.append(f"assets.starred = {int(wanted.starred)}")
    if wanted.since is not None:
        parts.append("assets.created_at >= ?")
        values.append(wanted.since.isoformat())
    if wanted.until is not None:
        parts.append("assets.created_at < ?")
        values.append((wanted.until + timedelta(days=1)).isoformat())
    if words := _search_words(wanted.search):
        parts.append("assets.seq in (select rowid from assets_fts where assets_fts match ?)")
        values.append(words)
    return " and ".join(parts), values


def _search_words(text: str | None) -> str:
    """Every word must occur, each may be the head of a longer one; quoted, so nothing is syntax."""
    words = (text or "").replace('"', " ").split()
    return " ".join(f'"{word}"*' for word in words)
