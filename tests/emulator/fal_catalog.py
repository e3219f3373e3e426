"""Every fal endpoint of the record in ``tests/data``, as the OpenAPI document that fal serves.

The record holds TypeScript types (``"png" | "jpeg" | undefined``, ``string | Blob | File``,
``LoraWeight[]``), without bounds; a few usual bounds are added here so that they are met somewhere.
A *prompt → image* record takes an input called ``prompt`` and makes an output called ``images``.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data" / "fal_endpoint_inputs.jsonl.gz"

_SCHEMAS = "#/components/schemas/"
_TOKEN = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\[\]|[()|]|[A-Za-z_][\w.]*(?:<[^>]*>)?)')
_WHOLE = re.compile(
    r"seed|(num|max|min)_\w+|(\w+_)?(steps|width|height|size|bottom|top|left|right)|steps_num"
    r"|n|clip_skip|start_step|series_amount|\w+_top_k|mask_expansion|detail|resemblance"
)
_BOUNDS: dict[str, dict[str, float]] = {
    "num_images": {"minimum": 1, "maximum": 4},
    "max_images": {"minimum": 1, "maximum": 6},
    "num_inference_steps": {"minimum": 1, "maximum": 100},
    "guidance_scale": {"minimum": 0, "maximum": 20},
    "strength": {"exclusiveMinimum": 0, "maximum": 1},
}
_FILE = {
    "type": "object",
    "required": ["url"],
    "properties": {
        "url": {"type": "string"},
        "content_type": {"type": "string"},
        "file_name": {"type": "string"},
        "file_size": {"type": "integer"},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
    },
}
_SIDE = {"type": "integer", "maximum": 14142, "exclusiveMinimum": 0, "default": 512}
_NAMED: dict[str, dict[str, Any]] = {
    "ImageSize": {"type": "object", "properties": {"width": _SIDE, "height": _SIDE}},
    "LoraWeight": {
        "type": "object",
        "required": ["path"],
        "properties": {"path": {"type": "string"}, "scale": {"type": "number", "default": 1}},
    },
    "RGBColor": {
        "type": "object",
        "properties": {
            part: {"type": "integer", "minimum": 0, "maximum": 255, "default": 0} for part in "rgb"
        },
    },
    **dict.fromkeys(
        ("Image", "ImageFile", "File", "VideoFile", "AudioFile", "RawImage", "ImageOutput"), _FILE
    ),
}
_SCALARS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "number": {"type": "number"},
    "unknown": {},
    "void": {},
}

Schema = dict[str, Any]


@cache
def _records() -> dict[str, dict[str, Any]]:
    lines = gzip.decompress(DATA.read_bytes()).decode("utf-8").splitlines()
    return {record["endpoint"]: record for record in map(json.loads, lines)}


def endpoints() -> tuple[str, ...]:
    """Every endpoint id of the record, in its order."""
    return tuple(_records())


def output_shape(endpoint: str) -> str:
    """What an endpoint makes: ``images``, ``image``, ``video``, or ``other``."""
    made = _records()[endpoint]["output"]
    return next((name for name in ("images", "image", "video") if name in made), "other")


def is_prompt_to_image(endpoint: str) -> bool:
    """Whether it takes a ``prompt`` and makes ``images``; 352 of the record do."""
    return "prompt" in _records()[endpoint]["input"] and output_shape(endpoint) == "images"


def openapi(endpoint: str) -> dict[str, Any] | None:
    """The document that the platform API would serve, made afresh; ``None`` if not there."""
    record = _records().get(endpoint)
    if record is None:
        return None
    name = "".join(re.findall(r"[A-Za-z0-9]+", endpoint.title()))
    schemas: dict[str, Schema] = {}
    takes, makes = (
        _object(f"{name}{part}", record[part.lower()], schemas) for part in ("Input", "Output")
    )
    return {
        "openapi": "3.0.4",
        "info": {
            "title": f"Queue OpenAPI for {endpoint}",
            "version": "1.0.0",
            "x-fal-metadata": {"endpointId": endpoint},
        },
        "components": {"schemas": schemas | {takes["title"]: takes, makes["title"]: makes}},
        "paths": _paths(endpoint, takes["title"], makes["title"]),
        "servers": [{"url": "https://queue.fal.run"}],
        "security": [{"apiKeyAuth": []}],
    }


def _paths(endpoint: str, takes: str, makes: str) -> dict[str, Any]:
    one = f"/{endpoint}/requests/{{request_id}}"
    queued = _answer({"type": "object"})
    return {
        f"{one}/status": {"get": {"responses": queued}},
        f"{one}/cancel": {"put": {"responses": queued}},
        f"/{endpoint}": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": _SCHEMAS + takes}}},
                },
                "responses": queued,
            }
        },
        one: {"get": {"responses": _answer({"$ref": _SCHEMAS + makes})}},
    }


def _answer(schema: Schema) -> dict[str, Any]:
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}


def _object(title: str, fields: Mapping[str, Any], schemas: dict[str, Schema]) -> Schema:
    order = sorted(fields, key=lambda name: (bool(fields[name]["optional"]), name != "prompt"))
    made: Schema = {
        "title": title,
        "type": "object",
        "x-fal-order-properties": order,
        "properties": {name: _property(name, fields[name], schemas) for name in sorted(fields)},
    }
    required = [name for name in order if not fields[name]["optional"]]
    return made | ({"required": required} if required else {})


def _property(name: str, field: Mapping[str, Any], schemas: dict[str, Schema]) -> Schema:
    schema = schema_of(field["type"], schemas)
    whole = _WHOLE.fullmatch(name) and "." not in (field.get("default") or "")
    if schema.get("type") == "number" and whole:
        schema["type"] = "integer"
    if schema.get("type") in ("integer", "number"):
        schema |= _bounds(name, field.get("default"))
    if name == "seed":  # as pydantic writes an optional input
        schema = {"anyOf": [schema, {"type": "null"}]}
    default = _default(schema, field.get("default"))
    if default is not None:
        schema["default"] = default
    return schema | {"title": name.replace("_", " ").title()}


def _bounds(name: str, default: str | None) -> dict[str, float]:
    """The usual bounds of an input, as wide as its own default needs."""
    bounds = dict(_BOUNDS.get(name, {}))
    if bounds and default is not None:
        bounds["maximum"] = max(bounds["maximum"], float(default))
    return bounds


def _default(schema: Schema, text: str | None) -> Any:
    """The default as the type wants it; ``None`` where it is unknown or does not fit."""
    if text is None:
        return None
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    kinds = [schema, *schema.get("anyOf", [])]
    if any(bare in kind.get("enum", ()) for kind in kinds):
        return bare
    if any(kind.get("type") == "string" and "enum" not in kind for kind in kinds):
        return bare
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def schema_of(text: str, schemas: dict[str, Schema]) -> Schema:
    """The schema of a TypeScript type; named object types are added to ``schemas``."""
    tokens = _TOKEN.findall(text)
    assert "".join(tokens).replace(" ", "") == text.replace(" ", ""), text
    found, left = _union(tokens, schemas)
    assert not left, text
    return found


def _union(tokens: list[str], schemas: dict[str, Schema]) -> tuple[Schema, list[str]]:
    """The alternatives from here on: string literals become one enumeration."""
    values: list[str] = []
    others: list[Schema] = []
    head = ""
    while True:
        after_blob, head = head == "Blob", tokens[0]
        first, tokens = _one(tokens, schemas, after_blob=after_blob)
        if isinstance(first, str):
            values.append(first)
        elif first is not None and first not in others:
            others.append(first)
        if not tokens or tokens[0] != "|":
            break
        tokens = tokens[1:]
    if values:
        others.append({"type": "string", "enum": values})
    return (others[0] if len(others) == 1 else {"anyOf": others} if others else {}), tokens


def _one(
    tokens: list[str], schemas: dict[str, Schema], *, after_blob: bool
) -> tuple[Schema | str | None, list[str]]:
    """One alternative: a literal's text, a schema, or ``None`` for what is no alternative.

    ``string | Blob | File`` is an address: the client uploads the other two by itself.
    """
    head, tokens = tokens[0], tokens[1:]
    made: Schema | str | None
    if head == "(":
        made, tokens = _union(tokens, schemas)
        tokens = tokens[1:]
    elif head.startswith('"'):
        made = head[1:-1]
    elif head in ("undefined", "null", "Blob") or (head == "File" and after_blob):
        made = None
    else:
        made = _named(head, schemas)
    while tokens[:1] == ["[]"]:
        made, tokens = {"type": "array", "items": made}, tokens[1:]
    return made, tokens


def _named(name: str, schemas: dict[str, Schema]) -> Schema:
    if name in _SCALARS:
        return dict(_SCALARS[name])
    if name.startswith("Record<"):
        return {"type": "object", "additionalProperties": True}
    schemas[name] = {"title": name, **_NAMED.get(name, {"type": "object", "properties": {}})}
    return {"$ref": _SCHEMAS + name}
