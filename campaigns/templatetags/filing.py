"""The words of French procedure, said plainly."""

from django import template
from django.utils.translation import gettext_lazy as _

from campaigns import holding
from campaigns.models import Stage

register = template.Library()

PLAIN_WORDS = {
    Stage.ALERTE: _("L’entreprise va mal, mais aucun tribunal n’a encore rien décidé. Seuls des faits déjà publics peuvent paraître."),
    Stage.MANDAT_AD_HOC: _("Une personne nommée par le tribunal aide à négocier, en secret : la loi interdit d’en parler. Jamais publié ici."),
    Stage.CONCILIATION: _("Un accord est cherché avec les créanciers, en secret : la loi interdit d’en parler. Jamais publié ici."),
    Stage.FERMETURE_ANNONCEE: _("La direction a annoncé la fermeture du site ou un plan de licenciements (PSE)."),
    Stage.SAUVEGARDE: _("L’entreprise paie encore et demande à être protégée, le temps de se réorganiser."),
    Stage.REDRESSEMENT: _("L’entreprise ne peut plus payer. Le tribunal lui laisse du temps, et des repreneurs peuvent se présenter."),
    Stage.LIQUIDATION_POURSUITE: _("Le tribunal ferme l’entreprise, mais laisse l’activité continuer quelques mois pour permettre une reprise."),
    Stage.LIQUIDATION: _("Le tribunal ferme l’entreprise et l’activité s’arrête ; ce qu’elle possède est vendu."),
    Stage.PLAN_CESSION: _("Le tribunal a choisi un repreneur et fixé ce qu’il doit tenir."),
    Stage.PLAN_REDRESSEMENT: _("L’entreprise continue sans être vendue, avec un calendrier pour payer ses dettes."),
    Stage.CLOTURE: _("La procédure est finie."),
}  # fmt: skip


@register.filter
def in_plain_words(stage: str) -> str:
    return PLAIN_WORDS.get(stage, "")


@register.filter
def by_group(field) -> list[tuple[str, list]]:
    """(title, radios) of a choice between groups, in the order in which they are offered; ungrouped ones have no title."""
    titles = {
        str(value): str(title)
        for title, options in field.field.choices
        if isinstance(options, list)
        for value, _n in options
    }
    groups: dict[str, list] = {}
    for radio in field:
        groups.setdefault(titles.get(str(radio.data["value"]), ""), []).append(radio)
    return list(groups.items())


@register.filter
def names_a_secret(version) -> bool:
    """Whether what a text said before names a confidential procedure: taken out, it is not to be read again."""
    return bool(holding.words_in(*version.said.values()))
