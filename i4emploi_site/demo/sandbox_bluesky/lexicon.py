"""What the PDS refuses of a record, in its own words. Where a facet points is not looked at, there neither."""

import json
import re

import regex

from i4emploi_site.demo.sandbox_bluesky.shapes import POST, REPOST, invalid

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
RECORD_KEY = re.compile(r"(?!\.\.?$)[\w.~:-]{1,512}", re.ASCII)
NSID = re.compile(r"[a-zA-Z][\w-]*(\.[a-zA-Z][\w-]*){2,}", re.ASCII)
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,20})?(Z|[+-]\d\d:\d\d)")
URI = re.compile(r"\w+:(?://)?[^\s/]\S*", re.ASCII)
AT_URI = re.compile(r"at://([\w.:%-]+)/([a-zA-Z.]+)/([\w.~:-]+)", re.ASCII)
CID = re.compile(r"b[a-z2-7]{30,}")
DID = re.compile(r"did:[a-z]+:[\w.:%-]+", re.ASCII)
HANDLE = re.compile(r"([a-z0-9-]+\.)+[a-z][a-z0-9-]*", re.IGNORECASE | re.ASCII)


class Wrong(Exception):
    """A value that the lexicon does not take."""


def check(collection: str, rkey: str, record: dict) -> str:
    """Raises Refused, or returns the `validationStatus`."""
    if not NSID.fullmatch(collection):
        raise invalid(f'Invalid nsid (got "{collection}") at $.collection')
    if not RECORD_KEY.fullmatch(rkey):
        raise invalid(f'Invalid record key (got "{rkey}") at $.rkey')
    if record.get("$type", collection) != collection:
        raise invalid(f"Invalid $type: expected {collection}, got {record['$type']}")
    rules = {POST: _post, REPOST: _repost}.get(collection)
    if rules is None:
        return "unknown"
    try:
        rules(record)
    except Wrong as wrong:
        raise invalid(f"Invalid {collection} record: {wrong}") from wrong
    if not TID.fullmatch(rkey):
        raise invalid(f'Invalid record key for {collection}: Invalid TID string (got "{rkey}") at $')
    return "valid"


def _post(record: dict) -> None:
    _text(_needed(record, "text", "$.record"), 300, 3000, "$.record.text")
    _datetime(_needed(record, "createdAt", "$.record"))
    for number, facet in enumerate(_list(record.get("facets", []), "$.record.facets")):
        path = f"$.record.facets[{number}]"
        index = _object(_needed(facet, "index", path), f"{path}.index")
        for end in ("byteStart", "byteEnd"):
            _position(_needed(index, end, f"{path}.index"), f"{path}.index.{end}")
        for place, feature in enumerate(_list(_needed(facet, "features", path), f"{path}.features")):
            _feature(feature, f"{path}.features[{place}]")
    if len(langs := _list(record.get("langs", []), "$.record.langs", str)) > 3:
        raise Wrong(f"array too big (maximum 3, got {len(langs)}) at $.record.langs")


def _repost(record: dict) -> None:
    subject = _object(_needed(record, "subject", "$.record"), "$.record.subject")
    uri = _needed(subject, "uri", "$.record.subject")
    if not isinstance(uri, str) or not AT_URI.fullmatch(uri):
        raise Wrong(f'Invalid at-uri (got "{uri}") at $.record.subject.uri')
    cid = _needed(subject, "cid", "$.record.subject")
    if not isinstance(cid, str) or not CID.fullmatch(cid):
        raise Wrong(f'Invalid CID string (got "{cid}") at $.record.subject.cid')
    _datetime(_needed(record, "createdAt", "$.record"))


def _feature(feature: dict, path: str) -> None:
    kind = str(_needed(feature, "$type", path)).rpartition("#")[2]
    if kind == "tag":
        _text(_needed(feature, "tag", path), 64, 640, f"{path}.tag")
    if kind == "link" and not (isinstance(uri := _needed(feature, "uri", path), str) and URI.fullmatch(uri)):
        raise Wrong(f'Invalid uri (got "{uri}") at {path}.uri')


def _needed(where: dict, name: str, path: str) -> object:
    if name not in where:
        raise Wrong(f'Missing required key "{name}" at {path}')
    return where[name]


def _other_than(kind: str, value: object, path: str) -> Wrong:
    return Wrong(f"Expected {kind} value type (got {json.dumps(value)}) at {path}")


def _text(value: object, graphemes: int, size: int, path: str) -> None:
    if not isinstance(value, str):
        raise _other_than("string", value, path)
    if (found := len(value.encode())) > size:
        raise Wrong(f"string too big (maximum {size}, got {found}) at {path}")
    if len(value) > graphemes and (found := len(regex.findall(r"\X", value))) > graphemes:
        raise Wrong(f"grapheme too big (maximum {graphemes}, got {found}) at {path}")


def _datetime(value: object) -> None:
    if not isinstance(value, str) or not DATETIME.fullmatch(value):
        raise Wrong(f'Invalid datetime (got "{value}") at $.record.createdAt')


def _position(value: object, path: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _other_than("integer", value, path)
    if value < 0:
        raise Wrong(f"integer too small (minimum 0, got {value}) at {path}")


def _object(value: object, path: str) -> dict:
    if not isinstance(value, dict):
        raise _other_than("object", value, path)
    return value


def _list(value: object, path: str, kind: type = dict) -> list:
    if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):
        raise _other_than("array", value, path)
    return value
