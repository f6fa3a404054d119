"""The query language that BODACC and the directory of administrations share (Opendatasoft Explore v2.1).

https://help.opendatasoft.com/apis/ods-explore-v2/: `limit` ≤ 100 and `offset + limit` ≤ 10,000; `/exports/json` has
no such bound.
"""

from typing import Any

from campaigns.opendata.answers import BadAnswer, get_json

PAGE = 100
DEEPEST = 10_000
MOST_EXPORTED_BYTES = 128_000_000
EXPORT_TIMES = 10  # an export may take so many times the patience of one page


def records(base_url: str, dataset: str, where: str, timeout: float, order_by: str = "") -> list[dict]:
    """Every record that `where` selects, each once. Raises Unavailable or BadAnswer."""
    path = f"/api/explore/v2.1/catalog/datasets/{dataset}"
    params = {"where": where} | ({"order_by": order_by} if order_by else {})
    total, found = _page(base_url, path, params, 0, timeout)
    if total > DEEPEST:
        return _export(base_url, path, params, timeout)
    while len(found) < total:
        total, more = _page(base_url, path, params, len(found), timeout)
        found += more
    return found


def quoted(value: str) -> str:
    """A value inside a `where`."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _page(base_url: str, path: str, params: dict[str, str], offset: int, timeout: float) -> tuple[int, list[dict]]:
    said = get_json(base_url, f"{path}/records", {**params, "limit": PAGE, "offset": offset}, timeout)
    if not isinstance(said, dict) or not isinstance(said.get("total_count"), int):
        raise BadAnswer("no total_count")
    found = _records(said.get("results"))
    if not found and offset < said["total_count"]:
        raise BadAnswer("a page is missing")
    return said["total_count"], found


def _export(base_url: str, path: str, params: dict[str, str], timeout: float) -> list[dict]:
    return _records(get_json(base_url, f"{path}/exports/json", params, timeout * EXPORT_TIMES, MOST_EXPORTED_BYTES))


def _records(said: Any) -> list[dict]:
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise BadAnswer("no list of records")
    return said
