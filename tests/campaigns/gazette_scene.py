"""What the tests of the gazette share: a day, its notices' words, the watcher and what it proposes."""

from datetime import UTC, datetime, timedelta

from campaigns import gazette

NOW = datetime(2026, 10, 12, 5, 17, tzinfo=UTC)
OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"
LIQUIDATED = "Jugement d'ouverture de liquidation judiciaire"
CONVERTED = "Jugement de conversion en liquidation judiciaire"
SOLD = "Jugement arrêtant un plan de cession"
CONTINUES = "autorise le maintien de l'activité pour trois mois"


def watch(days: int = 0) -> int:
    return gazette.watch(NOW + timedelta(days=days))


def pending(case) -> list[tuple[str, str]]:
    return [(one.kind, one.stage or one.milestone_kind) for one in case.proposals.pending()]
