"""What a picture says about itself, and how that reads as JSON, as text, as XMP and as EXIF."""

from __future__ import annotations

import json
import re
from typing import Any, Literal
from xml.sax.saxutils import escape

from PIL import ExifTags, Image
from pydantic import BaseModel, ConfigDict, Field

from studio.images.check import PILLOW_FAULTS

XMP_NAMESPACE = "urn:image-studio:metadata:1#"

_SOURCE_TYPES = {
    # IPTC NewsCodes, controlled vocabulary "Digital Source Type"
    "algorithmic": "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
    "trained": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
}
_PARAMETER_NAMES = {
    "steps": "Steps",
    "num_inference_steps": "Steps",
    "guidance_scale": "CFG scale",
    "cfg_scale": "CFG scale",
    "sampler": "Sampler",
    "scheduler": "Sampler",
}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_XMP = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:studio="{namespace}">
   <dc:description><rdf:Alt>
    <rdf:li xml:lang="x-default">{description}</rdf:li>
   </rdf:Alt></dc:description>
   <xmp:CreatorTool>{software}</xmp:CreatorTool>
   <xmp:CreateDate>{created_at}</xmp:CreateDate>
   <Iptc4xmpExt:DigitalSourceType>{source_type}</Iptc4xmpExt:DigitalSourceType>
   <studio:json>{json}</studio:json>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


class PictureMetadata(BaseModel):
    """Everything that is written into a picture file."""

    model_config = ConfigDict(frozen=True)

    prompt: str
    negative_prompt: str | None = None
    model: str
    seed: int | None = None
    width: int
    height: int
    params: dict[str, Any] = Field(default_factory=dict)
    batch_id: str | None = None
    job_id: str | None = None
    created_at: str
    """ISO 8601."""
    software: str = "Image Studio"
    generator: Literal["algorithmic", "trained"] = "trained"
    """``algorithmic`` for the drawing engine, ``trained`` for models: the IPTC disclosure."""


def as_json(metadata: PictureMetadata) -> str:
    """One line of JSON without any character that XML forbids."""
    text = json.dumps(metadata.model_dump(), ensure_ascii=False, sort_keys=True, default=str)
    return _NOT_IN_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def as_text(metadata: PictureMetadata) -> str:
    """The readable block that AUTOMATIC1111 began and most picture tools understand."""
    fields: dict[str, Any] = {}
    for name, value in metadata.params.items():
        if value is not None:
            fields[_PARAMETER_NAMES.get(name, name)] = value
    fields["Seed"] = metadata.seed
    fields["Size"] = f"{metadata.width}x{metadata.height}"
    fields["Model"] = metadata.model
    fields["Version"] = metadata.software
    lines = [metadata.prompt]
    if metadata.negative_prompt:
        lines.append(f"Negative prompt: {metadata.negative_prompt}")
    lines.append(
        ", ".join(
            f"{name}: {_quoted(value)}" for name, value in fields.items() if value is not None
        )
    )
    return "\n".join(lines)


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[,:\n]", text) else text


def as_xmp(metadata: PictureMetadata, room: int | None = None) -> bytes:
    """An XMP packet; says the prompt once instead of twice, then shortens it, to fit ``room``.

    Args:
        metadata: What to say.
        room: Bytes at hand; ``None`` for containers without a limit.
    """
    short = metadata.model_copy(
        update={
            "prompt": metadata.prompt[:4000],
            "negative_prompt": metadata.negative_prompt and metadata.negative_prompt[:1000],
            "params": {},
        }
    )
    for said, description in ((metadata, metadata.prompt), (metadata, ""), (short, "")):
        packet = _packet(said, description)
        if room is None or len(packet) <= room:
            break
    return packet


def _packet(metadata: PictureMetadata, description: str) -> bytes:
    text = _XMP.format(
        namespace=XMP_NAMESPACE,
        description=_xml(description),
        software=_xml(metadata.software),
        created_at=_xml(metadata.created_at),
        source_type=_SOURCE_TYPES[metadata.generator],
        json=escape(as_json(metadata)),
    )
    return text.encode("utf-8")


def _xml(text: str) -> str:
    return escape(_NOT_IN_XML.sub("", text))


def as_exif(metadata: PictureMetadata, earlier: bytes = b"", room: int | None = None) -> bytes:
    """An EXIF block (a TIFF structure): prompt, software, time, and the readable text.

    Args:
        metadata: What to say.
        earlier: The block that the file had: its orientation and other tags are kept.
        room: Bytes at hand; texts are cut to a quarter of it.
    """
    limit = None if room is None else room // 4
    exif = _read_exif(earlier)
    exif[ExifTags.Base.ImageDescription] = _text_bytes(metadata.prompt)[:limit]
    exif[ExifTags.Base.Software] = _text_bytes(metadata.software)
    comment = as_text(metadata).encode("utf-16-be", "replace")
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.UserComment] = b"UNICODE\x00" + comment[: limit and limit * 2]
    block = exif.tobytes()
    if room is not None and len(block) > room and earlier:
        return as_exif(metadata, b"", room)
    return block.removeprefix(b"Exif\x00\x00")


def _text_bytes(text: str) -> bytes:
    return text.replace("\x00", "").encode("utf-8", "replace")


def _read_exif(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    try:
        exif.load(block)
        exif.get_ifd(ExifTags.IFD.Exif)
        exif.tobytes()
    except (*PILLOW_FAULTS, UserWarning):  # the latter only where warnings are errors
        return Image.Exif()
    return exif
