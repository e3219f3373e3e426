"""Which endpoints the emulated fal has, and the OpenAPI document of each (providers.md §1.6)."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from types import ModuleType
from typing import Any

SIZES = {
    "square_hd": (1024, 1024), "square": (512, 512),
    "portrait_4_3": (768, 1024), "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768), "landscape_16_9": (1024, 576),
}  # fmt: skip
"""Names of ``image_size`` → width and height."""

_STRENGTH = {"type": "number", "minimum": 0.01, "maximum": 1, "default": 0.95}
_SIZE = {
    "anyOf": [
        {"$ref": "#/components/schemas/ImageSize"},
        {"type": "string", "enum": list(SIZES)},
    ],
    "default": "landscape_4_3",
}


class FalEndpoints:
    """The catalogue of the tests, or three models of our own; more can be added."""

    def __init__(self) -> None:
        self._added: dict[str, dict[str, Any]] = {}

    def add(self, endpoint: str, openapi: dict[str, Any] | None = None) -> None:
        """Offer another endpoint; without a document it takes what flux/dev takes."""
        self._added[endpoint] = openapi or flux(endpoint)

    def names(self) -> tuple[str, ...]:
        """Every endpoint id."""
        known = _catalogue()
        listed: tuple[str, ...] = known.endpoints() if known else tuple(_BUILT_IN)
        return tuple(dict.fromkeys([*listed, *_BUILT_IN, *self._added]))

    def openapi(self, endpoint: str) -> dict[str, Any] | None:
        """The document of an endpoint, or ``None`` where there is no such endpoint."""
        if endpoint in self._added:
            return self._added[endpoint]
        return _known(endpoint)

    def input_schema(self, endpoint: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The document and the schema of the request body in it."""
        document = self.openapi(endpoint) or {}
        for path, methods in document.get("paths", {}).items():
            body = methods.get("post", {}).get("requestBody")
            if body and path.strip("/") == endpoint:
                return document, body["content"]["application/json"]["schema"]
        return document, {}

    def output_schema(self, endpoint: str) -> dict[str, Any]:
        """The schema of the result, references resolved at the top; empty where none is told."""
        document = self.openapi(endpoint) or {}
        path = document.get("paths", {}).get(f"/{endpoint}/requests/{{request_id}}", {})
        answers = path.get("get", {}).get("responses", {})
        content = answers.get("200", {}).get("content", {}).get("application/json", {})
        return resolve(document, content.get("schema", {}))


def resolve(document: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a ``$ref`` to what it stands for."""
    while "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


@cache
def _known(endpoint: str) -> dict[str, Any] | None:
    known = _catalogue()
    found: dict[str, Any] | None = known.openapi(endpoint) if known else None
    return flux(endpoint) if found is None and endpoint in _BUILT_IN else found


@cache
def _catalogue() -> ModuleType | None:
    name = "tests.emulator.fal_catalog"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None


def flux(endpoint: str) -> dict[str, Any]:
    """An OpenAPI document in fal's form for a model of the flux family; yours to change."""
    properties: dict[str, Any] = {
        "prompt": {"type": "string", "title": "Prompt"},
        "num_inference_steps": {"type": "integer", "minimum": 1, "maximum": 50, "default": 28},
        "guidance_scale": {"type": "number", "minimum": 1, "maximum": 20, "default": 3.5},
        "num_images": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1},
        "seed": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "enable_safety_checker": {"type": "boolean", "default": True},
        "output_format": {"type": "string", "enum": ["jpeg", "png"], "default": "jpeg"},
        "acceleration": {"type": "string", "enum": ["none", "regular", "high"], "default": "none"},
        "sync_mode": {"type": "boolean", "default": False},
    }
    required = ["prompt"]
    if endpoint.endswith("image-to-image"):
        properties |= {"image_url": {"type": "string"}, "strength": _STRENGTH}
        required = ["prompt", "image_url"]
    else:
        properties["image_size"] = _SIZE
    if endpoint.endswith("schnell"):
        properties["num_inference_steps"] = {
            "type": "integer", "minimum": 1, "maximum": 12, "default": 4,
        }  # fmt: skip
    schema = {"type": "object", "properties": properties, "required": required}
    return deepcopy(_document(endpoint, schema))


def _document(endpoint: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.0.4",
        "info": {"title": f"Queue OpenAPI for {endpoint}", "version": "1.0.0"},
        "components": {
            "schemas": {"Input": schema, "Output": _OUTPUT, "Image": _IMAGE, "ImageSize": _OBJECT}
        },
        "paths": {
            f"/{endpoint}": {
                "post": {
                    "requestBody": {"required": True, "content": _json("Input")},
                    "responses": {"200": {"description": "The request status."}},
                }
            },
            f"/{endpoint}/requests/{{request_id}}": {
                "get": {"responses": {"200": {"content": _json("Output")}}}
            },
        },
    }


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


_PIXELS = {"type": "integer", "minimum": 1, "maximum": 14142, "default": 512}
_OBJECT = {"type": "object", "properties": {"width": _PIXELS, "height": _PIXELS}}
_IMAGE = {
    "type": "object",
    "required": ["url"],
    "properties": {
        "url": {"type": "string"},
        "width": {"type": "integer"},
        "height": {"type": "integer"},
        "content_type": {"type": "string"},
    },
}
_OUTPUT = {
    "type": "object",
    "required": ["images", "timings", "seed", "has_nsfw_concepts", "prompt"],
    "properties": {
        "images": {"type": "array", "items": {"$ref": "#/components/schemas/Image"}},
        "timings": {"type": "object"},
        "seed": {"type": "integer"},
        "has_nsfw_concepts": {"type": "array", "items": {"type": "boolean"}},
        "prompt": {"type": "string"},
    },
}
_BUILT_IN = ("fal-ai/flux/dev", "fal-ai/flux/schnell", "fal-ai/flux/dev/image-to-image")
