"""Reading input schemas: OpenAPI documents and JSON Schema objects, as one flat list of inputs.

fal serves an OpenAPI document with one ``POST`` path per model, Replicate one with a schema called
``Input``, and our own catalog files hold JSON Schema objects. ``$ref``, ``allOf``, ``anyOf``,
``oneOf``, ``const``, nullable types and both spellings of exclusive bounds are resolved here, so
that nothing else needs to know about them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_OTHERS = ("$ref", "allOf", "anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Spec:
    """One input of a model, with everything that its schema says about it."""

    name: str
    type: str
    """``string``, ``integer``, ``number``, ``boolean``, ``object``, ``array``; empty is any."""
    required: bool = False
    keywords: Mapping[str, Any] = field(default_factory=dict)
    """The flat schema: no references and no alternatives."""
    items: Spec | None = None
    properties: tuple[Spec, ...] = ()

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values of an enumeration, without null."""
        return tuple(self.keywords.get("enum", ()))

    @property
    def default(self) -> Any:
        """The value that the model takes when none is given; ``None`` is unknown."""
        return self.keywords.get("default")

    def text(self, keyword: str) -> str:
        """A keyword that holds a text; empty where it is missing."""
        value = self.keywords.get(keyword)
        return value if isinstance(value, str) else ""

    def number(self, keyword: str) -> float | None:
        """A keyword that holds a number; ``None`` where it is missing."""
        value = self.keywords.get(keyword)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return value

    def child(self, name: str) -> Spec | None:
        """The property of that name, of an object."""
        return next((each for each in self.properties if each.name == name), None)

    @property
    def ui(self) -> Mapping[str, Any]:
        """What fal says about how to draw the input."""
        value = self.keywords.get("ui")
        return value if isinstance(value, Mapping) else {}


def read_inputs(document: Mapping[str, Any]) -> tuple[Spec, ...] | None:
    """The inputs that a document describes, in its own order; ``None`` where it describes none."""
    found = _input_object(document)
    if found is None:
        return None
    flat = _flat(found, document, frozenset())
    return _properties(flat, document, frozenset()) if "properties" in flat else None


def _input_object(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for path, methods in _mapping(document.get("paths")).items():
        post = _mapping(_mapping(methods).get("post"))
        content = _mapping(_mapping(post.get("requestBody")).get("content"))
        schema = _mapping(content.get("application/json")).get("schema")
        if isinstance(schema, Mapping) and "{" not in str(path):
            return schema
    schemas = _mapping(_mapping(document.get("components")).get("schemas"))
    if isinstance(schemas.get("Input"), Mapping):
        return _mapping(schemas["Input"])
    if any(key in document for key in ("properties", *_OTHERS)):
        return document
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _properties(
    flat: Mapping[str, Any], root: Mapping[str, Any], seen: frozenset[str]
) -> tuple[Spec, ...]:
    properties = _mapping(flat.get("properties"))
    required = flat.get("required")
    needed = set(required) if isinstance(required, list | tuple) else set()
    specs = [
        _spec(name, spec, root, seen, required=name in needed) for name, spec in properties.items()
    ]
    return tuple(sorted(specs, key=_order(flat, list(properties))))


def _order(flat: Mapping[str, Any], names: list[str]) -> Any:
    """A sort key: fal's own order, or Replicate's, or that of the document."""
    wished = flat.get("x-fal-order-properties")
    places = {name: place for place, name in enumerate(wished if isinstance(wished, list) else [])}

    def key(spec: Spec) -> tuple[float, int]:
        place = places.get(spec.name, spec.number("x-order"))
        return (float("inf") if place is None else place, names.index(spec.name))

    return key


def _spec(
    name: str, spec: Any, root: Mapping[str, Any], seen: frozenset[str], *, required: bool
) -> Spec:
    refs = seen | _refs(spec)
    flat = _flat(spec, root, seen)
    kind = _type_of(flat)
    items = flat.get("items")
    return Spec(
        name=name,
        type=kind,
        required=required,
        keywords=flat,
        items=_spec("", items, root, refs, required=False) if isinstance(items, Mapping) else None,
        properties=_properties(flat, root, refs) if kind == "object" else (),
    )


def _refs(spec: Any) -> frozenset[str]:
    """The references that a schema makes at its own level, to stop where they go in circles."""
    if not isinstance(spec, Mapping):
        return frozenset()
    own = [spec["$ref"]] if isinstance(spec.get("$ref"), str) else []
    parts = (part for key in _OTHERS[1:] for part in _parts(spec, key))
    return frozenset(own).union(*(_refs(part) for part in parts))


def _parts(spec: Mapping[str, Any], key: str) -> Iterable[Mapping[str, Any]]:
    value = spec.get(key)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _flat(spec: Any, root: Mapping[str, Any], seen: frozenset[str]) -> dict[str, Any]:
    """One schema without references and alternatives; what it says itself wins."""
    if not isinstance(spec, Mapping):
        return {}
    flat: dict[str, Any] = {}
    ref = spec.get("$ref")
    if isinstance(ref, str) and ref not in seen:
        pointed = _flat(_pointed(ref, root), root, seen | {ref})
        _merge(flat, {key: value for key, value in pointed.items() if key != "title"})
    elif isinstance(ref, str):
        flat["type"] = "object"
    for part in _parts(spec, "allOf"):
        _merge(flat, _flat(part, root, seen))
    variants = [_flat(part, root, seen) for key in ("anyOf", "oneOf") for part in _parts(spec, key)]
    _merge(flat, _union([each for each in variants if not _is_null(each)]))
    _merge(flat, {key: value for key, value in spec.items() if key not in _OTHERS})
    return _plain(flat)


def _merge(into: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Add what ``other`` says; properties and required names add up."""
    for key, value in other.items():
        if key == "properties" and isinstance(value, Mapping):
            into[key] = {**_mapping(into.get(key)), **value}
        elif key == "required" and isinstance(value, list | tuple):
            before = into.get(key)
            into[key] = [*(before if isinstance(before, list) else []), *value]
        else:
            into[key] = value


def _pointed(ref: str, root: Mapping[str, Any]) -> Any:
    """What ``#/a/b`` points at; an empty schema where it points at nothing."""
    here: Any = root
    for part in ref.removeprefix("#/").split("/"):
        here = _mapping(here).get(part.replace("~1", "/").replace("~0", "~"))
    return here


def _is_null(flat: Mapping[str, Any]) -> bool:
    return flat.get("type") == "null" or (flat.get("enum") == [] and "type" not in flat)


def _union(variants: list[dict[str, Any]]) -> dict[str, Any]:
    """What alternatives have in common, as far as a form can draw it."""
    cut = [
        {k: v for k, v in each.items() if k not in ("title", "description")} for each in variants
    ]
    if len(cut) <= 1:
        return cut[0] if cut else {}
    named = [each for each in cut if each.get("enum")]
    values = list(dict.fromkeys(value for each in named for value in each["enum"]))
    free = [each for each in cut if not each.get("enum")]
    if not free:
        return {"enum": values}
    kinds = {_type_of(each) for each in free}
    if kinds == {"object"} and {"width", "height"} <= _mapping(free[0].get("properties")).keys():
        return {**free[0], "enum": values}
    text = next((each for each in free if _type_of(each) == "string"), None)
    if text is not None and not kinds & {"integer", "number", "boolean"}:
        return text
    if kinds <= {"integer", "number"} and not named:
        return {**free[0], "type": "number" if "number" in kinds else "integer"}
    return free[0] if len(kinds) == 1 and not named else {"type": ""}


def _plain(flat: dict[str, Any]) -> dict[str, Any]:
    """Constants as enumerations, null taken out, and exclusive bounds as numbers."""
    if "const" in flat:
        flat["enum"] = [flat.pop("const")]
    if isinstance(flat.get("enum"), list | tuple):
        flat["enum"] = [value for value in flat["enum"] if value is not None]
    if isinstance(flat.get("type"), list):
        types = [each for each in flat["type"] if each != "null"]
        flat["type"] = types[0] if len(types) == 1 else ("" if types else "null")
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if flat.get(exclusive) is True and bound in flat:
            flat[exclusive] = flat.pop(bound)
        elif isinstance(flat.get(exclusive), bool):
            del flat[exclusive]
    return flat


def _type_of(flat: Mapping[str, Any]) -> str:
    """The type that a flat schema names, or what its other keywords imply."""
    named = flat.get("type")
    if isinstance(named, str):
        return named
    if "properties" in flat or "additionalProperties" in flat:
        return "object"
    if "items" in flat:
        return "array"
    values = flat.get("enum") or ()
    if values:
        return "string" if all(isinstance(value, str) for value in values) else ""
    return ""
