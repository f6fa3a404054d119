"""Companies and their establishments (https://recherche-entreprises.api.gouv.fr/docs/, Licence Ouverte 2.0).

At most 7 requests a second for one address; the caller keeps to it.
"""

from dataclasses import dataclass

from campaigns.opendata.answers import BadAnswer, get_json
from campaigns.opendata.words import as_list, text

SHORTEST_QUESTION = 3
PAGE = 25
# INSEE's bands of employees at 31 December: (lowest, highest or None)
BANDS: dict[str, tuple[int, int | None]] = {
    "00": (0, 0),
    "01": (1, 2),
    "02": (3, 5),
    "03": (6, 9),
    "11": (10, 19),
    "12": (20, 49),
    "21": (50, 99),
    "22": (100, 199),
    "31": (200, 249),
    "32": (250, 499),
    "41": (500, 999),
    "42": (1000, 1999),
    "51": (2000, 4999),
    "52": (5000, 9999),
    "53": (10_000, None),
}


@dataclass(frozen=True)
class Establishment:
    """`headcount` is the band of employees (lowest, highest or None), None when unknown."""

    siret: str
    commune_code: str
    commune: str
    postcode: str
    address: str
    headcount_code: str
    headcount: tuple[int, int | None] | None


@dataclass(frozen=True)
class Company:
    """`places` are the establishments that answer the question: for a plant, look there and not at the siège.

    `is_personal`: an individual, or someone who asked not to be shown; then name and addresses are empty.
    """

    siren: str
    name: str
    naf: str
    naf_section: str
    headcount_code: str
    headcount: tuple[int, int | None] | None
    siege: Establishment | None
    places: tuple[Establishment, ...]
    is_active: bool
    is_personal: bool


def search(
    base_url: str,
    q: str,
    timeout: float,
    *,
    commune_code: str | None = None,
    departement: str | None = None,
    active_only: bool = True,
) -> list[Company]:
    """The first companies that answer to a name or a number. Raises Unavailable or BadAnswer."""
    q = q.strip()
    if len(q) < SHORTEST_QUESTION:
        return []
    params: dict[str, str | int] = {"q": q, "page": 1, "per_page": PAGE}
    params |= {"code_commune": commune_code} if commune_code else {}
    params |= {"departement": departement} if departement else {}
    params |= {"etat_administratif": "A"} if active_only else {}
    said = get_json(base_url, "/search", params, timeout)
    results = said.get("results") if isinstance(said, dict) else None
    if not isinstance(results, list) or not all(isinstance(one, dict) and text(one.get("siren")) for one in results):
        raise BadAnswer("no list of companies")
    return [company_of(one) for one in results]


def company_of(said: dict) -> Company:
    hidden = _is_personal(said)
    siege = said.get("siege")
    return Company(
        siren=text(said.get("siren")),
        name="" if hidden else text(said.get("nom_raison_sociale")) or text(said.get("nom_complet")),
        naf=text(said.get("activite_principale")),
        naf_section=text(said.get("section_activite_principale")),
        headcount_code=text(said.get("tranche_effectif_salarie")),
        headcount=BANDS.get(text(said.get("tranche_effectif_salarie"))),
        siege=_establishment(siege, hidden) if isinstance(siege, dict) else None,
        places=tuple(
            _establishment(one, hidden) for one in as_list(said.get("matching_etablissements")) if isinstance(one, dict)
        ),
        is_active=text(said.get("etat_administratif")) == "A",
        is_personal=hidden,
    )


def _is_personal(said: dict) -> bool:
    """Legal category 1 is « entrepreneur individuel »; diffusion "P" is partial: no personal field may be shown."""
    return text(said.get("statut_diffusion")) == "P" or text(said.get("nature_juridique")).startswith("1")


def _establishment(said: dict, hidden: bool) -> Establishment:
    return Establishment(
        siret=text(said.get("siret")),
        commune_code=text(said.get("commune")),
        commune=text(said.get("libelle_commune")),
        postcode=text(said.get("code_postal")),
        address="" if hidden else text(said.get("adresse")),
        headcount_code=text(said.get("tranche_effectif_salarie")),
        headcount=BANDS.get(text(said.get("tranche_effectif_salarie"))),
    )
