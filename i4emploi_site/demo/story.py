"""Meymac as public sources tell it, and a dozen invented cases. Every person, filer and buyer here is invented.

Sources of Meymac's figures: France 3, Sénat, Les Echos, Info Social RH, Be a Boss (2015–2016). The facts keep their
dates of 2015; only the clock is replayed from today, because a countdown to 2015 would show nothing.
"""

from dataclasses import dataclass
from datetime import date

MEYMAC = {
    "company_name": "Laboratoire Salem France",
    "commune_code": "19136",
    "commune": "Meymac",
    "stage": "liquidation_poursuite",
    "court": "Tribunal de commerce de Brive",
    "practitioner": "Liquidateur judiciaire désigné par le tribunal",
    "jobs": 37,
    "jobs_source": "France 3, Sénat",
    "naf_code": "21.20Z",
    "sector": "Industrie pharmaceutique",
    "summary": "L’usine de médicaments de Meymac sera démantelée si aucun repreneur ne se déclare.",
    "story": (
        "Le site a été construit par Bristol-Myers Squibb en 1990, puis repris par Salem en 2010. Le redressement "
        "judiciaire a été ouvert en avril 2015 à Brive, la liquidation prononcée le 22 septembre 2015. La ligne de "
        "production est en état de marche et les équipes sont là. Sans repreneur, les machines partiront.\n\n"
        "Ce dossier rejoue l’histoire publique de 2015 sur l’horloge d’aujourd’hui."
    ),
    "needs": "Un repreneur industriel du médicament, des visites du site, et du temps.",
    "filer_name": "Lucie Déclarante",
    "filer_email": "lucie@exemple.example",
    "evidence_url": "https://www.senat.fr/",
}

# kind, value, words, date of the fact, who says it
MEYMAC_FACTS = [
    ("jobs_threatened", 35, "", None, "Les Echos, Info Social RH"),
    ("jobs_threatened", 32, "", None, "Be a Boss"),
    ("event", None, "Redressement judiciaire ouvert à Brive, avril 2015", None, "Sénat"),
    ("event", None, "Liquidation judiciaire prononcée", date(2015, 9, 22), "Sénat"),
    ("event", None, "Premier message d’un conseiller municipal, puis lancement de #i4emploi", date(2015, 9, 26), "Les Echos"),
]  # fmt: skip
MEYMAC_SUPPORT = {
    "value": 30_000, "giver": "Région, département et commune", "condition": "que le site tourne et se visite",
    "source_label": "Les Echos, 28/09/2015", "on": date(2015, 9, 28),
}  # fmt: skip
SURSIS_REASON = "Sursis de 30 jours : le démantèlement est reporté, trois repreneurs sont en contact"
SURSIS_SOURCE = "Les Echos"

CANONICAL_TEXT = (
    "À Meymac (Corrèze), 37 emplois attendent un repreneur avant le démantèlement de l’usine. "
    "Vous connaissez un industriel du médicament ? #i4emploi {lien}"
)

# Each influencer speaks with words of their own: beginnings and ends combine without two being alike.
OPENINGS = [
    "Une usine qui fonctionne, une équipe entière, et un compte à rebours.",
    "Je ne connais pas Meymac, mais je connais des gens qui cherchent un site pharmaceutique.",
    "En Corrèze on ne demande pas l’aumône : on demande un repreneur.",
    "Si vous dirigez un laboratoire, lisez ceci avant ce soir.",
    "Mon réseau compte des industriels, alors voilà : Meymac a besoin de vous.",
    "Des machines en état, des savoir-faire rares, et le silence qui approche.",
    "Ce soir je prête ma voix à une petite ville du plateau de Millevaches.",
    "Reprendre une ligne de production clé en main, ça vous parle ?",
    "On m’a demandé un retweet, je préfère vous demander un coup de téléphone.",
    "Trois noms de repreneurs valent mieux que mille messages de soutien.",
    "Fabriquer des médicaments en France, c’est maintenant que ça se joue.",
]
ENDINGS = [
    "Le dossier complet, avec ses sources : {lien} #i4emploi",
    "Tout est expliqué ici, partagez à qui pourrait reprendre {lien} #i4emploi",
    "Lisez les faits, transmettez à un décideur : {lien} #i4emploi",
]


def own_words(number: int) -> str:
    """The text of the n-th influencer; 33 different ones, far enough from each other to be their own."""
    opening, ending = OPENINGS[number % len(OPENINGS)], ENDINGS[number // len(OPENINGS) % len(ENDINGS)]
    return f"{opening} {DETAILS[number % len(DETAILS)]} {ending}"


DETAILS = [
    "Pensez à vos anciens collègues.",
    "Un appel suffit parfois.",
    "La visite du site est possible.",
    "Les délais du tribunal sont courts.",
    "Trente-sept familles regardent le calendrier.",
    "Le tissu industriel se perd vite et se refait lentement.",
    "Le savoir-faire est sur place.",
]

BUYERS = [
    ("same_sector", "Bruno Repreneur", "Pharma Exemple SAS", "bruno@exemple.example", "Nous cherchons une ligne de formes sèches."),
    ("fund", "Claire Capital", "Fonds Exemple", "claire@exemple.example", "Nous voudrions voir le site la semaine prochaine."),
    ("scop", "Denis Ouvrier", "", "denis@exemple.example", "Plusieurs salariés étudient une SCOP."),
]  # fmt: skip

LOST_PLANT = "Chaussures Exemple"  # of the invented cases below: nobody took it over

# Two of its 39, who look around home: the plant was in Cholet, and they live across the regional border, near enough to
# the influencers' region to be shown to them.
SEEKERS = [
    {
        "shown_name": "Maud", "email": "maud@exemple.example", "occupation": "Piqueuse en chaussure",
        "commune": "Mauléon (79)", "kilometres": "40", "naf_division": "15",
        "summary": "Piqueuse, vingt ans de cuir et de toile, je cherche un atelier près de Mauléon.",
        "text": "Chaussure, maroquinerie ou sellerie : je pique, je pare, et j’ai formé six apprentis.",
    },
    {
        "shown_name": "Yanis", "email": "yanis@exemple.example", "occupation": "Mécanicien de maintenance",
        "commune": "Bressuire (79)", "kilometres": "60", "naf_division": "33",
        "summary": "Mécanicien de maintenance, j’ai gardé nos presses en marche jusqu’au dernier jour : et les vôtres ?",
        "text": "Hydraulique, pneumatique, un peu d’automates. Disponible tout de suite, en équipe ou de journée.",
    },
]  # fmt: skip

FIRST_NAMES = [
    "Inès", "Hugo", "Maya", "Léo", "Nora", "Paul", "Jade", "Marc", "Lina", "Éric", "Zoé", "Yann", "Rose", "Omar", "Élise",
    "Théo", "Anna", "Rémi", "Sara", "Luc", "Iris", "Adam", "Cléa", "Noé", "Vera", "Ali", "Mona", "Max", "Ida", "Tom", "Eva",
    "Sami", "Lou",
]  # fmt: skip


@dataclass(frozen=True)
class Example:
    """An invented case. `days` to its next milestone; `outcome` closes it; `waiting` leaves it to the moderators."""

    company: str
    commune: str  # INSEE code
    stage: str
    naf: str
    sector: str
    jobs: int
    kind: str
    days: float
    summary: str
    outcome: str = ""
    waiting: bool = False


EXAMPLES = [
    Example("Fonderie Exemple", "08105", "redressement", "24.51Z", "Fonderie", 84, "dldo", 4.3, "La fonderie coule encore trois nuances que personne d’autre ne fait en France."),
    Example("Papeterie Exemple", "88160", "redressement", "17.12Z", "Papier et carton", 126, "audience", 12.1, "La machine à papier a été refaite il y a deux ans ; le carnet de commandes est là."),
    Example("Tissages Exemple", "59512", "liquidation_poursuite", "13.20Z", "Textile", 41, "fin_maintien", 21.6, "Un atelier de tissage technique cherche un repreneur avant la fin du maintien d’activité."),
    Example("Conserverie Exemple", "29232", "sauvegarde", "10.20Z", "Agroalimentaire", 63, "fin_observation", 88.0, "La conserverie cherche un associé pour financer sa nouvelle ligne."),
    Example("Décolletage Exemple", "74081", "redressement", "25.62A", "Mécanique", 52, "dldo", 2.2, "Cinquante-deux décolleteurs, des clients fidèles, et une date limite d’offres toute proche."),
    Example("Verrerie Exemple", "76255", "fermeture_annoncee", "23.13Z", "Verre", 208, "recherche_repreneur", 47.5, "Le groupe annonce la fermeture du four ; la recherche d’un repreneur est ouverte."),
    Example("Imprimerie Exemple", "72181", "redressement", "18.12Z", "Imprimerie", 33, "amelioration", 6.9, "Deux offres déposées peuvent encore être améliorées avant l’audience."),
    Example("Scierie Exemple", "23008", "alerte", "16.10A", "Bois", 18, "demantelement", 34.0, "La mairie signale le départ possible de la dernière scierie du canton."),
    Example("Porcelaine Exemple", "87085", "plan_cession", "23.41Z", "Céramique", 47, "delibere", 1.4, "Le tribunal rend sa décision demain."),
    Example("Câblerie Exemple", "26362", "redressement", "27.32Z", "Équipements électriques", 96, "dldo", 16.0, "Une câblerie certifiée pour le nucléaire attend des offres."),
    Example("Biscuiterie Exemple", "44109", "plan_cession", "10.72Z", "Agroalimentaire", 58, "delibere", -40.0, "La biscuiterie a été reprise par ses salariés.", "saved"),
    Example(LOST_PLANT, "49099", "cloture", "15.20Z", "Chaussure", 39, "delibere", -75.0, "Aucun repreneur ne s’est déclaré à temps.", "lost"),
    Example("Tannerie Exemple", "12145", "redressement", "15.11Z", "Cuir", 29, "dldo", 5.4, "La tannerie a ses commandes et son eau ; il lui manque un repreneur.", waiting=True),
    Example("Galvanisation Exemple", "42218", "liquidation_poursuite", "25.61Z", "Mécanique", 71, "fin_maintien", 19.3, "Les bains sont chauds, l’atelier tourne jusqu’à la fin du maintien d’activité.", waiting=True),
]  # fmt: skip
