"""Nothing that a file tells of its author is left in it, whatever it pretends to be."""

import io

import pikepdf
import pytest
from PIL import Image, PngImagePlugin

from campaigns.cleaning import LONGEST_SIDE, MOST_PAGES, Refused, clean

WHO = "Odile Ouvriere"


def picture(kind: str = "JPEG", size=(60, 40), orientation: int = 1, mode: str = "RGB") -> bytes:
    exif = Image.Exif()
    exif[0x013B], exif[0x0112] = WHO, orientation  # Artist, Orientation
    exif.get_ifd(0x8825)[2] = (45.0, 32.0, 6.0)  # GPS latitude
    out, said = io.BytesIO(), PngImagePlugin.PngInfo()
    said.add_text("Author", WHO)
    more = {"comment": WHO.encode()} if kind == "JPEG" else {"pnginfo": said} if kind == "PNG" else {}
    Image.new(mode, size, "red").save(out, kind, exif=exif, xmp=f"<x>{WHO}</x>".encode(), **more)
    return out.getvalue()


def pdf(pages: int = 1, **save) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        for _page in range(pages):
            made.add_blank_page(page_size=(200, 200))
        made.docinfo["/Author"] = WHO
        with made.open_metadata() as meta:
            meta["dc:creator"] = [WHO]
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.alert('{WHO}')")
        made.attachments["secret.txt"] = WHO.encode()
        page = made.pages[0]
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, T=WHO, Contents=WHO, Rect=[0, 0, 9, 9]
        )
        page.obj.Annots = made.make_indirect(pikepdf.Array([made.make_indirect(note)]))
        page.obj.PieceInfo = pikepdf.Dictionary(App=pikepdf.Dictionary(Private=WHO))
        photo = pikepdf.Stream(made, picture())
        photo.update(pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=60, Height=40, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
        )) if hasattr(photo, "update") else photo.__setattr__("stream_dict", pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=60, Height=40, BitsPerComponent=8,
            ColorSpace=pikepdf.Name.DeviceRGB, Filter=pikepdf.Name.DCTDecode,
        ))  # fmt: skip
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=made.make_indirect(photo)))
        made.save(out, compress_streams=False, **save)
    return out.getvalue()


def everything_in(data: bytes) -> bytes:
    """The file's bytes, and each of its streams and objects as they read once opened."""
    with pikepdf.open(io.BytesIO(data)) as opened:
        parts = [repr(thing).encode() for thing in opened.objects]
        parts += [thing.read_raw_bytes() for thing in opened.objects if isinstance(thing, pikepdf.Stream)]
    return data + b"".join(parts)


@pytest.mark.parametrize(("kind", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/jpeg"), ("WEBP", "image/jpeg")])
def test_a_picture_is_redrawn_without_a_word_of_who_took_it_and_where(kind, media):
    given = picture(kind)
    assert WHO.encode() in given
    done = clean(given)
    assert done.media_type in ("image/jpeg", "image/png")
    assert WHO.encode() not in done.data
    with Image.open(io.BytesIO(done.data)) as opened:
        assert not opened.getexif()
        assert opened.size == (60, 40)
        assert opened.convert("RGB").getpixel((5, 5))[0] > 240, "it still shows the same"


def test_a_picture_taken_on_its_side_stands_upright():
    assert (clean(picture(orientation=6)).width, clean(picture(orientation=6)).height) == (40, 60)


def test_a_large_picture_is_made_smaller_and_transparency_stays():
    done = clean(picture("PNG", size=(5000, 1000), mode="RGBA"))
    assert (done.width, done.media_type) == (LONGEST_SIDE, "image/png")


def test_a_pdf_keeps_its_pages_and_nothing_else():
    given = pdf()
    assert WHO.encode() in everything_in(given)
    done = clean(given)
    assert WHO.encode() not in everything_in(done.data)
    assert b"secret.txt" not in everything_in(done.data)
    with pikepdf.open(io.BytesIO(done.data)) as opened:
        assert len(opened.pages) == 1
        assert "/OpenAction" not in opened.Root
        [image] = opened.pages[0].images.values()
        assert pikepdf.PdfImage(image).as_pil_image().size == (60, 40), "its pictures still open"
    assert clean(given).data == done.data, "the same file twice is the same file"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00 un programme", "unknown"),
        (b"<html><script>alert(1)</script></html>", "unknown"),
        (b"PK\x03\x04 une archive", "unknown"),
        (b"%PDF-1.7 rien d'un PDF", "broken"),
        (b"\xff\xd8\xff\xe0 rien d'une photo", "broken"),
        (picture()[:200], "broken"),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "locked"),
        (pdf(MOST_PAGES + 1), "too_many_pages"),
    ],
    ids=["empty", "program", "html", "zip", "not a pdf", "not a photo", "cut", "locked", "long"],
)  # fmt: skip
def test_what_cannot_be_cleaned_is_refused_and_says_why(data, code):
    with pytest.raises(Refused) as refused:
        clean(data)
    assert refused.value.code == code


def test_a_bomb_is_refused_before_it_is_opened():
    out = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(out, "PNG")
    with pytest.raises(Refused, match="too_big"):
        clean(out.getvalue())


@pytest.mark.parametrize("tail", [b"PK\x03\x04 une archive", b"<script>alert(1)</script>"])
@pytest.mark.parametrize("given", [picture(), pdf()], ids=["photo", "pdf"])
def test_what_is_two_files_at_once_comes_out_as_one(given, tail):
    assert tail not in clean(given + tail).data
