"""The official e-mail addresses of town halls (https://api-lannuaire.service-public.fr, Licence Ouverte 2.0)."""

import re

from campaigns.opendata import opendatasoft
from campaigns.opendata.words import as_list, folded, text, unpacked

DATASET = "api-lannuaire-administration"
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
LONGEST_ADDRESS = 254


def addresses(base_url: str, commune_code: str, timeout: float) -> tuple[str, ...]:
    """Those of the commune's town hall itself, not of its delegated ones. Raises Unavailable or BadAnswer."""
    if not re.fullmatch(r"[0-9][0-9AB][0-9]{3}", commune_code):
        raise ValueError(f"not an INSEE code: {commune_code!r}")
    where = f'code_insee_commune={opendatasoft.quoted(commune_code)} AND pivot LIKE "mairie"'
    halls = [one for one in opendatasoft.records(base_url, DATASET, where, timeout) if _is_its_hall(one, commune_code)]
    return tuple(dict.fromkeys(address for hall in halls for address in _addresses(hall.get("adresse_courriel"))))


def _is_its_hall(record: dict, commune_code: str) -> bool:
    """« pivot » says the kind of service: `mairie`, beside `mairie_com` (delegated) and offices that quote the word."""
    kinds = {
        text(one.get("type_service_local")) for one in as_list(unpacked(record.get("pivot"))) if isinstance(one, dict)
    }
    return (
        text(record.get("code_insee_commune")) == commune_code
        and "mairie" in kinds
        and "deleguee" not in folded(text(record.get("nom")))
    )


def _addresses(said: object) -> list[str]:
    """One address, several with « ; » between them, or a JSON list of them."""
    listed = as_list(unpacked(said) if isinstance(said, str) and said.strip().startswith(("[", '"')) else said)
    words = [word for one in listed for word in re.split(r"[;,\s]+", text(one))]
    return [word.lower() for word in words if ADDRESS.fullmatch(word) and len(word) <= LONGEST_ADDRESS]
