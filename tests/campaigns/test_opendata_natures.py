from datetime import date

import pytest

from campaigns.opendata import natures

OPENED = "Jugement d'ouverture d'une procédure de redressement judiciaire"
LIQUIDATED = "Jugement d'ouverture de liquidation judiciaire"


@pytest.mark.parametrize(
    ("nature", "stage"),
    [
        (OPENED, "redressement"),
        (LIQUIDATED, "liquidation"),
        ("Jugement d'ouverture d'une procédure de sauvegarde accélérée", "sauvegarde"),
        ("JUGEMENT D’OUVERTURE DE LIQUIDATION JUDICIAIRE SIMPLIFIÉE", "liquidation"),
        ("Jugement de conversion en liquidation judiciaire de la procédure de sauvegarde", "liquidation"),
        ("Jugement de conversion en redressement judiciaire de la procédure de sauvegarde", "redressement"),
        ("Jugement arrêtant un plan de cession", "plan_cession"),
        ("Jugement arrêtant le plan de sauvegarde", "plan_redressement"),
        ("Jugement de plan de redressement", "plan_redressement"),
        ("Jugement prononçant la résolution du plan de cession et la liquidation judiciaire", "liquidation"),
        ("Jugement prononçant la résolution du plan de sauvegarde et le redressement judiciaire", "redressement"),
        ("Jugement prononçant la résolution du plan de redressement", None),
        ("Jugement de clôture pour insuffisance d'actif et autorisant la reprise des poursuites", "cloture"),
        ("Jugement mettant fin à la procédure de redressement judiciaire", "cloture"),
        ("Jugement mettant fin à la procédure de traitement de sortie de crise et ouvrant une procédure de "
         "liquidation judiciaire", "liquidation"),
        ("Jugement de reprise de la procédure de liquidation judiciaire", "liquidation"),
        ("Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire", None),
        ("Jugement modifiant le plan de redressement", None),
        ("Jugement modifiant la date de cessation des paiements", None),
        ("Dépôt de l'état des créances", None),
        ("Arrêt de la cour d'appel infirmant une décision soumise à publicité", None),
        ("Autre jugement prononçant", None),
        ("Jugement d'interdiction de gérer", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_judgment_leaves_the_procedure_at_a_stage_or_changes_nothing(nature, stage):
    assert natures.stage_of(nature) == stage


@pytest.mark.parametrize(
    ("nature", "opens"),
    [
        (OPENED, True),
        (LIQUIDATED, True),
        ("Jugement d'ouverture d'une procédure de sauvegarde", True),
        ("Jugement de conversion en liquidation judiciaire", False),
        ("Liste des créances nées après le jugement d'ouverture d'une procédure de liquidation judiciaire", False),
        ("Autre jugement d'ouverture", False),
        ("Jugement arrêtant un plan de cession", False),
    ],
)
def test_only_an_opening_is_an_opening(nature, opens):
    assert natures.is_opening(nature) is opens


@pytest.mark.parametrize(
    ("complement", "goes_on"),
    [
        ("autorise le maintien de l'activité jusqu'au 31 mars 2026", True),
        ("avec poursuite d’activité pour trois mois", True),
        ("autorise la poursuite provisoire de l'exploitation", True),
        ("sans maintien de l'activité", False),
        ("met fin à la poursuite d'activité", False),
        ("mettant fin au maintien de l'activité", False),
        ("dit n'y avoir lieu", False),
    ],
)
def test_whether_the_activity_goes_on_is_read_in_the_text(complement, goes_on):
    assert natures.continues(complement) is goes_on


@pytest.mark.parametrize(
    ("complement", "until"),
    [
        ("autorise le maintien de l'activité jusqu'au 31 mars 2026", date(2026, 3, 31)),
        (
            "poursuite d'activité autorisée pour les besoins de la cession jusqu'au 1er avril 2026 inclus",
            date(2026, 4, 1),
        ),
        ("avec poursuite d’activité pour trois mois", None),
        ("sans maintien de l'activité ; créances jusqu'au 31 mars 2026", None),
    ],
)
def test_the_day_until_which_the_activity_goes_on_is_read_if_it_is_said(complement, until):
    assert natures.continues_until(complement) == until
