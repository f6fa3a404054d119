"""What stands beside a case on the moderator's desk: its evidence, and the decisions with their consequence."""

import hashlib
from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from stdnum.fr import siren as siren_rules

from campaigns import moderation, officials, questions
from campaigns.forms.decision import DecisionForm, NoWordsForm, OutcomeForm, PublishForm, ReasonForm
from campaigns.models import Case, CaseStatus, Fact, FactKind, FilerRole, IdentityOpening, Notice, TownHallCheck
from i4emploi_site.lib import times


@dataclass(frozen=True)
class Decision:
    label: Promise  # says its consequence: it is written on the button
    done: Promise
    statuses: tuple[str, ...]
    form: type[DecisionForm] = NoWordsForm
    grave: bool = False


DECISIONS = {
    "publish": Decision(
        gettext_lazy("Publier : visible tout de suite"), gettext_lazy("Le dossier est publié."), (CaseStatus.SUBMITTED,),
        PublishForm,
    ),
    "resume": Decision(
        gettext_lazy("Remettre en ligne : visible tout de suite"), gettext_lazy("Le dossier est de nouveau en ligne."),
        (CaseStatus.HELD,), PublishForm,
    ),
    "ask_changes": Decision(
        gettext_lazy("Demander des précisions : le déclarant reçoit le motif et rouvre le dossier"),
        gettext_lazy("La demande est partie chez le déclarant."), (CaseStatus.SUBMITTED,), ReasonForm,
    ),
    "reject": Decision(
        gettext_lazy("Refuser pour de bon : le déclarant reçoit le motif"), gettext_lazy("Le dossier est refusé."),
        (CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED), ReasonForm, grave=True,
    ),
    "hold": Decision(
        gettext_lazy("Suspendre : la page disparaît tout de suite, plus rien n’est diffusé"),
        gettext_lazy("Le dossier est suspendu."), (CaseStatus.PUBLISHED,), ReasonForm, grave=True,
    ),
    "close": Decision(
        gettext_lazy("Clore pour de bon : la page reste, avec son issue ; plus rien n’est diffusé"),
        gettext_lazy("Le dossier est clos."), (CaseStatus.PUBLISHED, CaseStatus.HELD), OutcomeForm, grave=True,
    ),
}  # fmt: skip


SHOW_TO_ALL = ("publish", "resume")  # not offered while something stands in their way


@dataclass(frozen=True)
class Check:
    """One piece of evidence: whether it holds, or None when there is nothing to check; `links` are (address, words)."""

    label: str
    holds: bool | None
    detail: str = ""
    links: tuple[tuple[str, str], ...] = ()
    said: str = ""  # where yes, no and not given are not the words for it
    ask: str = ""  # what the button beside it does

    @property
    def verdict(self) -> str:
        plain = _("non fourni") if self.holds is None else _("oui") if self.holds else _("non")
        return self.said or plain


def evidence(case: Case) -> list[Check]:
    confirmed = case.filer_email_confirmed_at
    proof = ((case.evidence_url, case.evidence_url),) if case.evidence_url else ()
    return [
        Check(_("Adresse e-mail confirmée"), bool(confirmed), times.long_date(confirmed) if confirmed else ""),
        Check(_("SIREN valide"), siren_rules.is_valid(case.siren) if case.siren else None, case.siren),
        Check(_("Lien de preuve"), True if proof else None, links=proof),
        Check(_("Attestation acceptée"), bool(case.attested_at), case.attestation),
        _alike(case),
        *_elected(case),
    ]


def _alike(case: Case) -> Check:
    """The other cases that may be this one: its company, its name in its commune, or as many jobs in its commune."""
    same = Q(company_name__iexact=case.company_name, commune=case.commune_id)
    if case.siren:
        same |= Q(siren=case.siren)
    jobs = case.headline(FactKind.JOBS_THREATENED)
    if case.commune_id and jobs and jobs.value is not None:
        as_many = Fact.objects.filter(kind=FactKind.JOBS_THREATENED, is_headline=True, value=jobs.value)
        same |= Q(commune=case.commune_id, pk__in=as_many.values("case"))
    twins = Case.objects.filter(same).exclude(pk=case.pk).exclude(status=CaseStatus.DRAFT).select_related("commune")
    links = tuple(
        (
            reverse("admin:campaigns_case_change", args=[twin.pk]),
            f"{twin} ({twin.get_status_display()}, {who_filed(twin)})",
        )
        for twin in twins[:5]
    )
    return Check(_("Dossiers semblables"), not links, links=links, said=str(twins.count()) if links else _("aucun"))


def who_filed(case: Case) -> str:
    return case.get_filer_role_display() or _("déclarant inconnu")


def _elected(case: Case) -> list[Check]:
    """What the register and the town hall say of an elected filer."""
    if case.filer_role != FilerRole.ELECTED:
        return []
    known = officials.standing(case)
    mandates = "; ".join(f"{one.mandate}, {one}" for one in known.mandates)
    return [
        Check(
            _("Mandat au répertoire national des élus (un nom n’est pas une identité)"),
            None if known.register_is_empty else bool(mandates),
            _("répertoire non importé") if known.register_is_empty else mandates,
        ),
        _asked(case, known.check) if known.check else _not_asked(case),
    ]


def may_ask_town_hall(case: Case) -> bool:
    """Whether a person may have the question sent: not while its filer still changes what it would say."""
    if case.filer_role != FilerRole.ELECTED or not (case.filer_email_confirmed_at and case.commune_id):
        return False
    if case.status not in (CaseStatus.SUBMITTED, CaseStatus.PUBLISHED, CaseStatus.HELD):
        return False
    check = officials.current_check(case)
    return check is None or (check.is_ours is None and check.sent_at < timezone.now() - officials.AGAIN_AFTER)


def _asked(case: Case, check: TownHallCheck) -> Check:
    """The question to the town hall: where it went, when, and what came back."""
    when = {"where": check.sent_to, "day": times.long_date(check.sent_at)}
    if check.answered_at is None:
        waits = _("question envoyée à %(where)s le %(day)s, pas encore de réponse") % when
        again = _("Interroger de nouveau la mairie") if may_ask_town_hall(case) else ""
        return Check(_town_hall(), None, waits, said=_("en attente"), ask=again)
    answered = _("elle reconnaît cette personne") if check.is_ours else _("elle ne reconnaît pas cette personne")
    detail = _("question envoyée à %(where)s le %(day)s ; réponse le %(then)s : %(answer)s")
    then = {"then": times.long_date(check.answered_at), "answer": answered}
    return Check(_town_hall(), check.is_ours, detail % (when | then))


def _not_asked(case: Case) -> Check:
    if case.town_hall_checks.exists():
        why = _("la question déjà envoyée portait sur un autre nom, une autre commune ou une autre adresse e-mail")
    elif not case.filer_email_confirmed_at:
        why = _("la mairie est interrogée quand l’adresse e-mail du déclarant est confirmée")
    else:
        why = _("la question part d’elle-même si l’annuaire donne l’adresse de la mairie")
    ask = _("Interroger la mairie maintenant") if may_ask_town_hall(case) else ""
    return Check(_town_hall(), None, why, said=_("pas demandé"), ask=ask)


def _town_hall() -> str:
    return _("Confirmé par la mairie, à son adresse officielle")


def decisions(case: Case, bound: dict[str, forms.Form] | None = None) -> list[tuple[str, Decision, forms.Form]]:
    """The decisions open to this case, each with its form; `bound` holds the form that was just refused."""
    return [
        (name, decision, (bound or {}).get(name) or decision.form(auto_id=f"{name}_%s", case=case))
        for name, decision in DECISIONS.items()
        if case.status in decision.statuses
    ]


def decide(name: str, case: Case, by, given: dict, read: str | None = None) -> str:
    """Take the decision; returns what to tell the moderator. Raises moderation.NotAllowed.

    `read`: what was `seen` of the case when the page was made; None where no page showed it.
    """
    with transaction.atomic():
        locked = Case.objects.select_for_update(of=["self"]).get(pk=case.pk)  # nobody changes it while it is compared
        if read is not None and read != seen(locked) and locked.status in DECISIONS[name].statuses:
            raise moderation.NotAllowed(_("Le dossier a changé depuis que vous l’avez lu : relisez-le, puis décidez."))
        getattr(moderation, name)(case, by, **given)
    return str(DECISIONS[name].done)


def seen(case: Case) -> str:
    """What the desk shows of a case and others than this moderator can change: its filer, its team, another moderator."""
    rows = (case.facts, case.milestones, case.contacts, case.documents)
    told = [case.version, case.updated_at, *(list(some.order_by("pk").values_list()) for some in rows)]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def of(case: Case, bound: dict[str, forms.Form] | None = None) -> dict:
    now = timezone.now()
    obstacles = moderation.obstacles(case) if case.status in (CaseStatus.SUBMITTED, CaseStatus.HELD) else []
    return {
        "case": case,
        "seen": seen(case),
        "question": _question(case),
        "warnings": moderation.warnings(case),
        "obstacles": obstacles,
        "jobs": case.headline(FactKind.JOBS_THREATENED),
        "evidence": evidence(case),
        "facts": case.facts.all(),
        "milestones": [
            (milestone, times.long_date(milestone.at), times.time_left(milestone.at, now))
            for milestone in case.milestones.standing().prefetch_related("postponements")
        ],
        "openings": _openings(case),
        "documents": case.documents.all(),
        "proposals": case.proposals.pending().select_related("notice"),
        "notices": Notice.objects.filter(siren=case.siren)[:12] if case.siren else [],
        "transitions": case.transitions.select_related("by"),
        "decisions": [one for one in decisions(case, bound) if not (obstacles and one[0] in SHOW_TO_ALL)],
    }


def _question(case: Case) -> dict | None:
    """What was asked of the filer, and what came back; nothing once the case is decided."""
    if case.status not in (CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED) or not (one := questions.last(case)):
        return None
    waits = case.status == CaseStatus.CHANGES_ASKED
    return {
        "asked": one,
        "waits": waits,
        "answer": questions.sent_answer(one),
        "changed": [] if waits else questions.changed_since(one),
    }


def _openings(case: Case) -> list | None:
    """Who opened the sealed identity, when and why; None when nothing is under seal."""
    if not case.pseudonymous:
        return None
    return list(IdentityOpening.objects.filter(identity__case=case).select_related("by"))
