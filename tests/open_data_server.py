"""The open registers on loopback, for tests: BODACC, company search and the directory, with their shapes and refusals."""

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

BODACC, COMPANIES, DIRECTORY = "bodacc", "companies", "directory"
DATASETS = {"annonces-commerciales": BODACC, "api-lannuaire-administration": DIRECTORY}
CLAUSE = re.compile(r"""(\w+)\s*(>=|=|LIKE)\s*(?:date'([^']*)'|"([^"]*)")""")
SIRENS = ("900000019", "900000027")  # fictional, and right by their key
SIREN, OTHER_SIREN = SIRENS


@dataclass
class Fault:
    """`effect` is down, slow, 429, 500, garbage or html; it strikes the requests whose question holds `when`."""

    effect: str
    when: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class OpenData:
    """The records it answers from, the faults it makes, and the questions it saw: (service, parameters)."""

    def __init__(self, url: str):
        self.url = url
        self.released = threading.Event()
        self.reset()

    def reset(self) -> None:
        self.notices: list[dict] = []
        self.companies: list[dict] = []
        self.town_halls: list[dict] = []
        self.faults: dict[str, list[Fault]] = {}
        self.seen: list[tuple[str, dict]] = []
        self.agents: set[str] = set()
        self.released.set()  # whoever still hangs may go
        self.released = threading.Event()

    def fail(self, service: str, effect: str, when: str = "", **headers: str) -> None:
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.faults.setdefault(service, []).append(Fault(effect, when, named))

    def heal(self) -> None:
        self.faults.clear()

    def asked(self, service: str) -> list[dict]:
        return [params for name, params in self.seen if name == service]

    def records(self, service: str) -> list[dict]:
        return {BODACC: self.notices, DIRECTORY: self.town_halls}[service]


def notice(number: int, published: str, nature: str, judged: str | None = None, siren: str = SIREN, **more) -> dict:
    """A record of BODACC, as it comes: JSON within JSON, the number written twice in either order."""
    spaced = f"{siren[:3]} {siren[3:6]} {siren[6:]}"
    judgment = {"type": "initial", "famille": "Jugement", "nature": nature, "date": judged or published}
    judgment["complementJugement"] = more.pop("complement", "")
    person = {"typePersonne": "pm", "denomination": more.pop("company", "ATELIERS IMAGINAIRES")}
    parution = published[:4] + "0191"
    return {
        "id": f"A{parution}{number}",
        "publicationavis": "A",
        "parution": parution,
        "dateparution": published,
        "numeroannonce": number,
        "typeavis": "annonce",
        "familleavis": "collective",
        "numerodepartement": "19",
        "tribunal": "Greffe du Tribunal de Commerce de Brive",
        "registre": [siren, spaced] if number % 2 else [spaced, siren],
        "jugement": json.dumps(judgment, ensure_ascii=False),
        "commercant": "ATELIERS IMAGINAIRES",
        "ville": "Meymac",
        "cp": "19250",
        "listepersonnes": json.dumps({"personne": person if number % 2 else [person]}),
        "acte": None,
        "url_complete": f"https://www.bodacc.fr/pages/annonces-commerciales-detail/?q.id=id:A{parution}{number}",
        **more,
    }


def correcting(record: dict, kind: str, before: dict, says: bool = True) -> dict:
    """The record as a rectificatif or an annulation of another; it may not say of which."""
    previous = {
        "nomPublication": "BODACC A",
        "numeroParution": before["parution"],
        "dateParution": before["dateparution"],
    }
    previous["numeroAnnonce"] = str(before["numeroannonce"])
    return record | {"typeavis": kind, "parutionavisprecedent": json.dumps(previous) if says else None}


def company(siren: str = SIREN, name: str = "ATELIERS IMAGINAIRES", headcount: str | None = "12", **more) -> dict:
    siege = establishment(siren + "00001", commune="75115", libelle_commune="PARIS 15", code_postal="75015")
    return {
        "siren": siren,
        "nom_complet": name.lower(),
        "nom_raison_sociale": name,
        "siege": siege,
        "activite_principale": "21.20Z",
        "section_activite_principale": "C",
        "tranche_effectif_salarie": headcount,
        "etat_administratif": "A",
        "nature_juridique": "5710",
        "statut_diffusion": "O",
        "matching_etablissements": [establishment(siren + "00019", tranche_effectif_salarie=headcount)],
        **more,
    }


def establishment(siret: str, **more) -> dict:
    return {
        "siret": siret,
        "adresse": "1 RUE DE L'USINE 19250 MEYMAC",
        "code_postal": "19250",
        "commune": "19136",
        "libelle_commune": "MEYMAC",
        "departement": "19",
        "latitude": "45.535",
        "longitude": "2.151",
        "tranche_effectif_salarie": None,
        **more,
    }


def town_hall(code: str = "19136", address: object = "mairie@meymac.example", kind: str = "mairie", **more) -> dict:
    pivot = json.dumps([{"type_service_local": kind, "code_insee_commune": [code]}])
    return {"nom": "Mairie - Meymac", "code_insee_commune": code, "pivot": pivot, "adresse_courriel": address, **more}


def _selected(records: list[dict], where: str) -> list[dict]:
    clauses = CLAUSE.findall(where)
    assert len(clauses) == len(where.split(" AND ")), f"a question that the registers do not speak: {where}"
    return [record for record in records if all(_holds(record.get(name), *rest) for name, *rest in clauses)]


def _holds(value: object, operator: str, day: str, words: str) -> bool:
    if operator == ">=":
        return str(value) >= day
    if operator == "LIKE":
        return words in str(value)
    return words in value if isinstance(value, list) else str(value) == words


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        params, world = dict(parse_qsl(parts.query)), self.server.world
        service, answer = self._door(parts.path)
        world.seen.append((service, params | {"path": parts.path}))
        world.agents.add(self.headers["User-Agent"])
        asked = " ".join(params.values())
        fault = next((one for one in world.faults.get(service, []) if one.when in asked), None)
        if fault:
            self._go_wrong(fault)
        else:
            self._say(*answer(service, params))

    def _door(self, path: str):
        if path == "/search":
            return COMPANIES, self._companies
        _before, _mark, rest = path.partition("/api/explore/v2.1/catalog/datasets/")
        dataset, _slash, door = rest.partition("/")
        return DATASETS[dataset], {"records": self._page, "exports/json": self._export}[door]

    def _page(self, service: str, params: dict):
        limit, offset = int(params["limit"]), int(params["offset"])
        if limit > 100 or offset + limit > 10_000:
            return 400, {"error_code": "InvalidRESTParameterError"}
        found = self._ordered(service, params)
        return 200, {"total_count": len(found), "results": found[offset : offset + limit]}

    def _export(self, service: str, params: dict):
        return 200, self._ordered(service, params)

    def _ordered(self, service: str, params: dict) -> list[dict]:
        found = _selected(self.server.world.records(service), params["where"])
        names = [part.split() for part in params.get("order_by", "").split(",") if part]
        for name, *way in reversed(names):
            found = sorted(found, key=lambda record: str(record[name]), reverse=way == ["desc"])
        return found

    def _companies(self, _service: str, params: dict):
        if len(params["q"]) < 3:
            return 400, {"erreur": "3 caractères minimum pour les termes de la requête"}
        found = [one for one in self.server.world.companies if self._answers(one, params)]
        return 200, {"results": found, "total_results": len(found), "page": 1, "per_page": 25, "total_pages": 1}

    @staticmethod
    def _answers(one: dict, params: dict) -> bool:
        places = one["matching_etablissements"]
        return (
            (params["q"] == one["siren"] or params["q"].lower() in (one["nom_complet"] or ""))
            and params.get("etat_administratif", one["etat_administratif"]) == one["etat_administratif"]
            and ("code_commune" not in params or any(place["commune"] == params["code_commune"] for place in places))
            and ("departement" not in params or any(place["departement"] == params["departement"] for place in places))
        )

    def _go_wrong(self, fault: Fault) -> None:
        if fault.effect == "slow":
            self.server.world.released.wait(60)
        if fault.effect in ("slow", "down"):
            self.close_connection = True
        elif fault.effect == "garbage":
            self._say(200, b'{"results": [\xff')
        elif fault.effect == "html":
            self._say(200, b"<!doctype html><title>Maintenance</title>")
        else:
            self._say(int(fault.effect), {"error": fault.effect}, fault.headers)

    def _say(self, status: int, body: object, headers: tuple[tuple[str, str], ...] = ()) -> None:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(sent))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_args):
        pass


@contextmanager
def open_data():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.world = OpenData(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.world
    finally:
        server.world.released.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
