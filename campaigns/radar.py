"""New openings above a headcount, for a moderator who may tell a town hall. Nothing is ever sent from here."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campaigns import registers
from campaigns.models import DEPARTEMENTS, Commune, Notice, OpeningState, RadarOpening, RegisterReading, Stage, User
from campaigns.models.place import find_communes
from campaigns.opendata import bodacc, natures
from campaigns.opendata.companies import Company
from i4emploi_site.lib.times import PARIS

OPENED = (Stage.REDRESSEMENT, Stage.LIQUIDATION)
FIRST_LOOK = timedelta(days=7)
OVERLAP = timedelta(days=3)  # notices reach the open data a little after their date
MOST_FAILURES = 5  # in a row: the register is down, and the next hour tries again
HAS_RADAR = Q(radar__isnull=False)
NO_EMPLOYEES = "NN"  # INSEE: employs nobody, or is presumed to


class NotPossible(Exception):
    """Why there is no letter, or no decision; the message is for the person who asked."""


def sweep(now: datetime) -> int:
    """Read the openings of each département that was not read today (Paris); how many départements were read."""
    today, read, failures = now.astimezone(PARIS).date(), 0, 0
    until = dict(RegisterReading.objects.filter(register__startswith="radar:").values_list("register", "read_until"))
    for departement in DEPARTEMENTS:
        last = until.get(_name(departement))
        if last and last >= today:
            continue
        if failures == MOST_FAILURES or registers.is_silent(registers.COMPANIES):
            break
        if _sweep(departement, last - OVERLAP if last else today - FIRST_LOOK, today):
            read, failures = read + 1, 0
        else:
            failures += 1
    return read


def _name(departement: str) -> str:
    return f"radar:{departement}"


def _sweep(departement: str, since: date, today: date) -> bool:
    """False leaves the day unread: what is stored already is not stored twice by the next run."""
    said = registers.notices_in(departement, since, today)
    if said is None:
        return False
    taken = [_take(notice) for notice in said]  # each of them: one that fails hides none behind it
    if not all(taken):
        return False
    RegisterReading.objects.update_or_create(register=_name(departement), defaults={"read_until": today})
    return True


def _take(said: bodacc.Notice) -> bool:
    """Store what the notice is for the radar, if anything; False when nobody could tell the headcount."""
    if said.kind != "annonce" and _corrects_ours(said):
        _correct(said)
        return True
    if said.kind == "annulation" or not bodacc.opens(said) or natures.stage_of(said.nature) not in OPENED:
        return True
    if Notice.objects.filter(bodacc_id=said.id).filter(~Q(superseded_by="") | Q(cancelled=True) | HAS_RADAR).exists():
        return True
    found = registers.find_company(said.sirens[0])
    if found is None:
        return False
    company = found[0] if found else None
    if _is_for_us(company):
        _store(said, company)
    return True


def _corrects_ours(said: bodacc.Notice) -> bool:
    about = Q(bodacc_id=said.previous) if said.previous else Q(siren__in=said.sirens)
    return Notice.objects.filter(about, HAS_RADAR).exclude(bodacc_id=said.id).exists()


def _correct(said: bodacc.Notice) -> None:
    """What waits for a moderator follows its notice; what was decided stays beside the notice that it was decided on."""
    notice = registers.keep(said, said.sirens[0] if said.sirens else "")
    if notice.kind == "rectificatif" and bodacc.opens(said):
        waiting = RadarOpening.objects.filter(notice__bodacc_id=notice.corrects, state=OpeningState.NEW)
        waiting.update(notice=notice)


def _is_for_us(company: Company | None) -> bool:
    """An unknown headcount is kept, and shows as unknown; individuals and companies without employees are not ours."""
    if company is None:
        return True
    if company.is_personal or company.headcount_code == NO_EMPLOYEES:
        return False
    return company.headcount is None or company.headcount[0] >= settings.RADAR_HEADCOUNT


def _store(said: bodacc.Notice, company: Company | None) -> None:
    low, high = company.headcount if company and company.headcount else (None, None)
    values = {
        "commune": _commune(said, company),
        "naf_code": company.naf[:6] if company else "",
        "headcount_code": company.headcount_code[:2] if company else "",
        "headcount_low": low,
        "headcount_high": high,
    }
    with transaction.atomic():
        notice = registers.keep(said, said.sirens[0])
        RadarOpening.objects.get_or_create(notice=notice, defaults=values)


def _commune(said: bodacc.Notice, company: Company | None) -> Commune | None:
    """The commune that the notice names; where the name fits several or none, that of the siège."""
    named = find_communes(f"{said.city} {said.postcode}") if said.city else []
    if len(named) == 1:
        return named[0]
    code = company.siege.commune_code if company and company.siege else ""
    return Commune.objects.filter(code=code).first()


def letter(opening: RadarOpening) -> str:
    """A letter for a town hall, ready to be read, changed and sent by a person. Raises NotPossible.

    Of the company it says what the notice says, and nothing else.
    """
    notice = opening.notice
    if not notice.stands:
        raise NotPossible(_("Cette annonce a été corrigée ou annulée : relisez-la avant d’écrire à qui que ce soit."))
    context = {
        "notice": notice,
        "commune": opening.commune,
        "file": settings.SITE_URL + reverse("filing_begin"),
        "site": settings.SITE_URL,
    }
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string("campaigns/mail/town_hall_letter.txt", context).strip() + "\n"


def decide(opening: RadarOpening, state: str, by: User) -> None:
    """Note that a person sent the letter, or set the opening aside. Raises NotPossible when somebody did before."""
    changes = {"state": state, "decided_by": by, "decided_at": timezone.now()}
    waiting = RadarOpening.objects.filter(pk=opening.pk, state=OpeningState.NEW)
    if state not in (OpeningState.LETTER_SENT, OpeningState.DISMISSED) or not waiting.update(**changes):
        raise NotPossible(_("Cette ouverture n’attend plus : rechargez la page."))
    opening.refresh_from_db()
