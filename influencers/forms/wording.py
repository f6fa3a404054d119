"""What a person starts from: a suggestion of words of their own, never the same twice, and the sentence of consent."""

from itertools import product

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns.models import Case, FactKind, Milestone
from i4emploi_site.lib.times import long_date
from influencers import likeness, pledging
from influencers.models import Broadcast, BroadcastState, NetworkAccount, Pledge


def headline_jobs(case: Case) -> int | None:
    fact = case.headline(FactKind.JOBS_THREATENED)
    return int(fact.value) if fact and fact.value is not None else None


def next_milestone(case: Case) -> Milestone | None:
    return case.milestones.upcoming(timezone.now()).first()


def suggestion(case: Case, account: NetworkAccount | None, seed: int) -> str:
    """Words to start from, built from the headline facts, that fit the account and are unlike the texts of others."""
    with translation.override("fr"):  # it is read by France, whatever the language of the page
        drafts = _drafts(case)
    drafts = drafts[seed % len(drafts) :] + drafts[: seed % len(drafts)]
    if account is None:
        return drafts[0]
    others = pledging.others_texts(account, case=case)
    fitting = [draft for draft in drafts if _fits(account, draft)] or drafts
    return next((text for text in fitting if likeness.nearest(text, others).share < likeness.LIMIT), fitting[0])


def _fits(account: NetworkAccount, draft: str) -> bool:
    used, most = pledging.length(account, draft)
    return used <= most


def _drafts(case: Case) -> list[str]:
    jobs, milestone = headline_jobs(case), next_milestone(case)
    facts = {
        "company": case.company_name,
        "town": case.commune.name if case.commune else "",
        "jobs": jobs,
        "until": long_date(milestone.at) if milestone else "",
        "tag": case.hashtag,
    }
    openings = [
        _("À %(town)s, %(company)s cherche un repreneur."),
        _("Qui reprendra %(company)s, à %(town)s ?"),
        _("Je relaie l’appel de %(town)s pour sauver %(company)s."),
        _("Vous connaissez un industriel ? %(company)s, à %(town)s, attend le sien."),
        _("Une usine qui ferme, c’est une ville qui s’éteint : aidons %(company)s, à %(town)s."),
    ]
    middles = (
        [
            _("%(jobs)s emplois en dépendent."),
            _("Derrière, %(jobs)s salariés qui savent leur métier."),
            _("%(jobs)s personnes peuvent y perdre leur travail."),
        ]
        if jobs
        else [_("Des emplois en dépendent."), _("Derrière, des salariés qui savent leur métier.")]
    )
    endings = (
        [
            _("Tout se joue d’ici au %(until)s : {lien} #%(tag)s"),
            _("Il reste jusqu’au %(until)s. Les faits sont ici : {lien} #%(tag)s"),
            _("Avant le %(until)s, faites passer à qui peut agir. {lien} #%(tag)s"),
        ]
        if milestone
        else [_("Les faits sont ici : {lien} #%(tag)s"), _("Faites passer à qui peut agir. {lien} #%(tag)s")]
    )
    return [" ".join(parts) % facts for parts in _diagonal(openings, middles, endings)]


def _diagonal(*lists: list[str]) -> list[tuple[str, ...]]:
    """Every combination, ordered so that neighbours share as little as can be."""
    every = list(product(*lists))
    step = 7  # prime to 45, 18, 30 and 20: each combination comes once
    return [every[(i * step) % len(every)] for i in range(len(every))]


def campaign_text(case: Case) -> str:
    """What a repost would carry, as it is planned or was last published; empty while nothing is written."""
    told = Broadcast.objects.filter(case=case, state__in=[BroadcastState.SCHEDULED, BroadcastState.DONE])
    latest = told.order_by("-at", "-pk").first()
    return Pledge.shown(latest.canonical_text) if latest else ""


def statement(case: Case | None, wide: str = "") -> str:
    """The sentence of consent, shown beside the button and stored word for word."""
    if wide:
        return _(
            "Votre compte publiera ceci, une fois pour chaque dossier publié de %(wide)s. Vous pouvez retirer votre "
            "accord à tout moment."
        ) % {"wide": wide}
    planned = Broadcast.objects.filter(case=case, state=BroadcastState.SCHEDULED, at__gt=timezone.now())
    if first := planned.order_by("at").first():
        when = _("À partir du %(at)s") % {"at": long_date(first.at)}
    else:
        when = _("Quand la diffusion sera lancée")
    return _("%(when)s, votre compte publiera ceci, une fois. Vous pouvez retirer votre accord à tout moment.") % {
        "when": when
    }
