"""Régions and départements (official geographic code, 2026 edition), and the communes of the same source."""

import re
import unicodedata

from django.db import models
from django.utils.translation import gettext_lazy as _

REGIONS: dict[str, str] = {
    "01": "Guadeloupe",
    "02": "Martinique",
    "03": "Guyane",
    "04": "La Réunion",
    "06": "Mayotte",
    "11": "Île-de-France",
    "24": "Centre-Val de Loire",
    "27": "Bourgogne-Franche-Comté",
    "28": "Normandie",
    "32": "Hauts-de-France",
    "44": "Grand Est",
    "52": "Pays de la Loire",
    "53": "Bretagne",
    "75": "Nouvelle-Aquitaine",
    "76": "Occitanie",
    "84": "Auvergne-Rhône-Alpes",
    "93": "Provence-Alpes-Côte d'Azur",
    "94": "Corse",
    "975": "Saint-Pierre-et-Miquelon",
    "977": "Saint-Barthélemy",
    "978": "Saint-Martin",
    "984": "Terres australes et antarctiques françaises",
    "986": "Wallis et Futuna",
    "987": "Polynésie française",
    "988": "Nouvelle-Calédonie",
    "989": "Île de Clipperton",
}

# code: (name, region)
DEPARTEMENTS: dict[str, tuple[str, str]] = {
    "01": ("Ain", "84"),
    "02": ("Aisne", "32"),
    "03": ("Allier", "84"),
    "04": ("Alpes-de-Haute-Provence", "93"),
    "05": ("Hautes-Alpes", "93"),
    "06": ("Alpes-Maritimes", "93"),
    "07": ("Ardèche", "84"),
    "08": ("Ardennes", "44"),
    "09": ("Ariège", "76"),
    "10": ("Aube", "44"),
    "11": ("Aude", "76"),
    "12": ("Aveyron", "76"),
    "13": ("Bouches-du-Rhône", "93"),
    "14": ("Calvados", "28"),
    "15": ("Cantal", "84"),
    "16": ("Charente", "75"),
    "17": ("Charente-Maritime", "75"),
    "18": ("Cher", "24"),
    "19": ("Corrèze", "75"),
    "21": ("Côte-d'Or", "27"),
    "22": ("Côtes-d'Armor", "53"),
    "23": ("Creuse", "75"),
    "24": ("Dordogne", "75"),
    "25": ("Doubs", "27"),
    "26": ("Drôme", "84"),
    "27": ("Eure", "28"),
    "28": ("Eure-et-Loir", "24"),
    "29": ("Finistère", "53"),
    "2A": ("Corse-du-Sud", "94"),
    "2B": ("Haute-Corse", "94"),
    "30": ("Gard", "76"),
    "31": ("Haute-Garonne", "76"),
    "32": ("Gers", "76"),
    "33": ("Gironde", "75"),
    "34": ("Hérault", "76"),
    "35": ("Ille-et-Vilaine", "53"),
    "36": ("Indre", "24"),
    "37": ("Indre-et-Loire", "24"),
    "38": ("Isère", "84"),
    "39": ("Jura", "27"),
    "40": ("Landes", "75"),
    "41": ("Loir-et-Cher", "24"),
    "42": ("Loire", "84"),
    "43": ("Haute-Loire", "84"),
    "44": ("Loire-Atlantique", "52"),
    "45": ("Loiret", "24"),
    "46": ("Lot", "76"),
    "47": ("Lot-et-Garonne", "75"),
    "48": ("Lozère", "76"),
    "49": ("Maine-et-Loire", "52"),
    "50": ("Manche", "28"),
    "51": ("Marne", "44"),
    "52": ("Haute-Marne", "44"),
    "53": ("Mayenne", "52"),
    "54": ("Meurthe-et-Moselle", "44"),
    "55": ("Meuse", "44"),
    "56": ("Morbihan", "53"),
    "57": ("Moselle", "44"),
    "58": ("Nièvre", "27"),
    "59": ("Nord", "32"),
    "60": ("Oise", "32"),
    "61": ("Orne", "28"),
    "62": ("Pas-de-Calais", "32"),
    "63": ("Puy-de-Dôme", "84"),
    "64": ("Pyrénées-Atlantiques", "75"),
    "65": ("Hautes-Pyrénées", "76"),
    "66": ("Pyrénées-Orientales", "76"),
    "67": ("Bas-Rhin", "44"),
    "68": ("Haut-Rhin", "44"),
    "69": ("Rhône", "84"),
    "70": ("Haute-Saône", "27"),
    "71": ("Saône-et-Loire", "27"),
    "72": ("Sarthe", "52"),
    "73": ("Savoie", "84"),
    "74": ("Haute-Savoie", "84"),
    "75": ("Paris", "11"),
    "76": ("Seine-Maritime", "28"),
    "77": ("Seine-et-Marne", "11"),
    "78": ("Yvelines", "11"),
    "79": ("Deux-Sèvres", "75"),
    "80": ("Somme", "32"),
    "81": ("Tarn", "76"),
    "82": ("Tarn-et-Garonne", "76"),
    "83": ("Var", "93"),
    "84": ("Vaucluse", "93"),
    "85": ("Vendée", "52"),
    "86": ("Vienne", "75"),
    "87": ("Haute-Vienne", "75"),
    "88": ("Vosges", "44"),
    "89": ("Yonne", "27"),
    "90": ("Territoire de Belfort", "27"),
    "91": ("Essonne", "11"),
    "92": ("Hauts-de-Seine", "11"),
    "93": ("Seine-Saint-Denis", "11"),
    "94": ("Val-de-Marne", "11"),
    "95": ("Val-d'Oise", "11"),
    "971": ("Guadeloupe", "01"),
    "972": ("Martinique", "02"),
    "973": ("Guyane", "03"),
    "974": ("La Réunion", "04"),
    "976": ("Mayotte", "06"),
    "975": ("Saint-Pierre-et-Miquelon", "975"),
    "977": ("Saint-Barthélemy", "977"),
    "978": ("Saint-Martin", "978"),
    "984": ("Terres australes et antarctiques françaises", "984"),
    "986": ("Wallis et Futuna", "986"),
    "987": ("Polynésie française", "987"),
    "988": ("Nouvelle-Calédonie", "988"),
    "989": ("Île de Clipperton", "989"),
}


class Commune(models.Model):
    """One of France's communes, from `campaigns/data/communes.tsv.gz` (see its README for source and licence)."""

    code = models.CharField(_("code INSEE"), max_length=5, primary_key=True)
    name = models.CharField(_("nom"), max_length=60)
    search_name = models.CharField(_("nom à chercher"), max_length=60)
    postcodes = models.CharField(_("codes postaux"), max_length=200, blank=True)
    departement = models.CharField(_("département"), max_length=3, db_index=True)
    population = models.PositiveIntegerField(_("population"), null=True)

    class Meta:
        verbose_name = _("commune")
        indexes = [
            models.Index(fields=["search_name"], opclasses=["varchar_pattern_ops"], name="commune_search_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.departement})"

    @property
    def departement_name(self) -> str:
        return DEPARTEMENTS[self.departement][0]

    @property
    def region(self) -> str:
        """The code of the region, a key of `REGIONS`."""
        return DEPARTEMENTS[self.departement][1]


# the letters of European names that are no letter with an accent
UNACCENTED = str.maketrans(
    {"œ": "oe", "æ": "ae", "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h"}
)


def searchable(name: str) -> str:
    """A name without accents, case, hyphens or apostrophes: « L'Abergement » is « l abergement »."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(UNACCENTED))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return " ".join("".join(c if c.isalnum() else " " for c in ascii_only).split())


def find_communes(typed: str) -> list[Commune]:
    """The communes that « Meymac », « 19250 », « Meymac 19250 » or « Meymac (19) » may mean; the exact names if any."""
    departement, postcode = "", ""
    if found := re.search(r"\(\s*(2[AaBb]|\d{2,3})\s*\)\s*$", typed):
        departement, typed = found.group(1).upper(), typed[: found.start()]
    elif found := re.search(r"(?<!\d)(\d{5})\s*$", typed):
        postcode, typed = found.group(1), typed[: found.start()]
    words = re.sub(r"^(st|ste)\b", lambda short: {"st": "saint", "ste": "sainte"}[short.group()], searchable(typed))
    if len(words) < 2 and not postcode and not (words and departement):
        return list(Commune.objects.filter(search_name=words)) if words else []
    if words.isdigit():  # a postcode that is still being typed
        postcode, words = words, ""
    known = Commune.objects.order_by("-population", "code")
    if departement:
        known = known.filter(departement=departement)
    if postcode:
        known = known.filter(postcodes__contains=postcode)
    if not words:
        return list(known[:60])
    return list(known.filter(search_name=words)[:60]) or list(known.filter(search_name__startswith=words)[:60])
