"""What a file says of its author is taken out of it: pictures are redrawn from their pixels, PDFs lose all but their pages.

Plain Python. The content decides what a file is, never its name.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass

import pikepdf
import puremagic
from pikepdf import Dictionary, Name, Stream
from PIL import Image, ImageOps, UnidentifiedImageError

MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2560  # pixels, once cleaned
MOST_PAGES = 200
PICTURES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
OUTSIDE_PAGES = ("/Metadata", "/Names", "/OpenAction", "/AA", "/PieceInfo", "/AF", "/Collection", "/SpiderInfo", "/Threads", "/URI", "/Perms", "/Legal", "/DSS", "/AcroForm")  # fmt: skip
OF_A_PAGE = ("/Metadata", "/AA", "/PieceInfo", "/Thumb", "/AF", "/LastModified", "/Annots", "/B")
JPEG_START, JPEG_SCAN = b"\xff\xd8", 0xDA
TELLING_SEGMENTS = {
    *range(0xE1, 0xEE),
    0xEF,
    0xFE,
}  # APP1 to APP13 and APP15 (EXIF, XMP, IPTC…), and comments; APP14 is colour


class Refused(Exception):
    """`code` says why: empty, unknown, broken, too_big, too_many_pages, locked."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Cleaned:
    media_type: str
    data: bytes
    width: int | None = None  # pixels
    height: int | None = None


def clean(data: bytes) -> Cleaned:
    """The same file without what it tells about its author. Raises Refused."""
    if not data:
        raise Refused("empty")
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _clean_pdf(data)
    if _looks_like(data) in PICTURES.values():
        return _clean_picture(data)
    raise Refused("unknown")


def _looks_like(data: bytes) -> str:
    try:
        return puremagic.from_string(data[:4096], mime=True)
    except (puremagic.PureError, ValueError):
        return ""


def _clean_picture(data: bytes) -> Cleaned:
    try:
        with Image.open(io.BytesIO(data), formats=list(PICTURES)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("too_big")
            turned = ImageOps.exif_transpose(picture)
            turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            opaque = picture.format == "JPEG" or not turned.has_transparency_data
            return _redrawn(turned.convert("RGB" if opaque else "RGBA"), opaque)
    except Image.DecompressionBombError:
        raise Refused("too_big") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise Refused("broken") from None


def _redrawn(picture: Image.Image, opaque: bool) -> Cleaned:
    """Pixels alone, on a new canvas: what came with the old one stays behind."""
    canvas = Image.new(picture.mode, picture.size)
    canvas.paste(picture)
    out = io.BytesIO()
    canvas.save(out, "JPEG", quality=85, optimize=True) if opaque else canvas.save(out, "PNG", optimize=True)
    return Cleaned("image/jpeg" if opaque else "image/png", out.getvalue(), *canvas.size)


def _clean_pdf(data: bytes) -> Cleaned:
    try:
        with pikepdf.open(io.BytesIO(data)) as given, pikepdf.new() as kept:
            if len(given.pages) > MOST_PAGES:
                raise Refused("too_many_pages")
            if not len(given.pages):
                raise Refused("broken")
            kept.pages.extend(given.pages)  # into an empty file: what hung outside of the pages is not taken along
            _drop(kept.Root, OUTSIDE_PAGES)
            for page in kept.pages:
                _drop(page.obj, OF_A_PAGE)
            for thing in kept.objects:
                _quiet(thing)
            out = io.BytesIO()
            kept.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    except pikepdf.PasswordError:
        raise Refused("locked") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RecursionError):
        raise Refused("broken") from None
    return Cleaned("application/pdf", out.getvalue())


def _drop(thing: pikepdf.Object, keys: Iterable[str]) -> None:
    for key in keys:
        if key in thing:
            del thing[key]


def _quiet(thing: pikepdf.Object) -> None:
    """Metadata of one object, scripts, embedded files, and the camera's words inside a picture."""
    if not isinstance(thing, Stream | Dictionary):
        return
    _drop(thing, ("/Metadata", "/PieceInfo", "/AA", "/JS", "/EF", "/LastModified"))
    if isinstance(thing, Stream) and thing.get("/Subtype") == Name.Image and _filter(thing) == Name.DCTDecode:
        thing.write(_without_telling_segments(thing.read_raw_bytes()), filter=Name.DCTDecode)


def _filter(stream: Stream) -> pikepdf.Object | None:
    """The one filter of a stream; None where there are several."""
    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array):
        return filters[0] if len(filters) == 1 else None
    return filters


def _without_telling_segments(jpeg: bytes) -> bytes:
    """The JPEG without its application segments and comments (ITU T.81, annex B); unchanged where it is none."""
    if not jpeg.startswith(JPEG_START):
        return jpeg
    out, at = bytearray(JPEG_START), 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker == JPEG_SCAN:
            return bytes(out + jpeg[at:])
        if marker not in TELLING_SEGMENTS:
            out += jpeg[at : at + 2 + length]
        at += 2 + length
    return jpeg
