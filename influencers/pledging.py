"""Consent: the exact words of a pledge, that they are the person's own, and taking them back."""

import re
import unicodedata
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns import figures, holding, job_requests
from campaigns.models import REGIONS, Case
from influencers import accounts, likeness
from influencers.models import (
    NOT_SENT_STATES,
    AccountState,
    Broadcast,
    Failure,
    Influencer,
    NetworkAccount,
    Pledge,
    PledgeMode,
    PledgeScope,
    Post,
    PostState,
)

FEWEST_WORDS = 3
LONGEST_TEXT = 1000 - len(" " + Pledge.LINK_MARK)  # whatever the network allows
ONE_CONSENT_AT_A_TIME = 4_040_001  # number of a lock of PostgreSQL: nothing else takes this one


class CannotPledge(Exception):
    """Why this pledge is not taken; the message is for people, `field` is where they can mend it."""

    def __init__(self, message: str, field: str = ""):
        super().__init__(message)
        self.field = field


def pledge(
    influencer: Influencer,
    account: NetworkAccount,
    *,
    case: Case | None = None,
    region: str = "",
    sector: str = "",
    mode: str,
    text: str,
    statement: str,
    now: datetime,
) -> Pledge:
    """Store the consent, once: while a pledge of this account to the same thing, in the same words, is in force, that
    one is returned.

    Raises CannotPledge when the words, the account or the case do not allow it, and for other words than those agreed to.
    """
    target = _target(case, region, sector)
    words = whole_text(text) if mode == PledgeMode.OWN_WORDS else ""
    if words:
        check_length(account, words)
        if held := holding.hold(case, words, _("les mots d’un engagement"), influencer.user):
            raise CannotPledge(holding.explain(held), "text")
    with transaction.atomic():
        if words:
            _wait_for_ones_turn()
        if case:
            case = Case.objects.select_for_update(no_key=True).get(pk=case.pk)
        account = NetworkAccount.objects.select_for_update().get(pk=account.pk)
        if existing := Pledge.objects.active().filter(account=account, **target).first():
            if (existing.mode, existing.consented_text) == (mode, words):
                return existing
            raise CannotPledge(
                _(
                    "Ce compte est déjà engagé ici, autrement. Pour changer, retirez d’abord cet accord dans votre espace."
                ),
                "account",
            )
        if account.influencer_id != influencer.pk or account.state != AccountState.CONNECTED:
            raise CannotPledge(_("Ce compte n’est plus connecté : reconnectez-le d’abord."), "account")
        if case and not case.is_running:
            raise CannotPledge(_("Ce dossier n’est plus ouvert aux engagements."))
        if words:
            check_own_words(account, words, case=case, region=region, sector=sector)
        made = Pledge.objects.create(
            influencer=influencer,
            account=account,
            mode=mode,
            consented_text=words,
            consent_statement=statement,
            consented_at=now,
            **target,
        )
        if case:
            figures.add(case.pk, pledges=1, pledged_reach=account.followers or 0)
    return made


def withdraw(pledge: Pledge, now: datetime) -> bool:
    """Take the consent back: nothing more is posted under it. Returns False if that was done before."""
    with transaction.atomic():
        account = NetworkAccount.objects.select_for_update().get(pk=pledge.account_id)
        if not Pledge.objects.active().filter(pk=pledge.pk).update(withdrawn_at=now):
            return False
        Post.objects.filter(pledge=pledge).move_to(
            PostState.CANCELLED, only_from=NOT_SENT_STATES, failure=Failure.WITHDRAWN
        )
        if pledge.case_id:
            figures.add(pledge.case_id, pledges=-1, pledged_reach=-(account.followers or 0))
    return True


def disconnect(account: NetworkAccount, now: datetime) -> None:
    """Withdraw what the account was pledged to, then forget its tokens."""
    for held in Pledge.objects.active().filter(account=account).order_by("case_id"):
        withdraw(held, now)
    accounts.disconnect(account)


def _wait_for_ones_turn() -> None:
    """Until this transaction ends: two copies pledged at once would not see each other, whatever each is about."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_CONSENT_AT_A_TIME])


def _target(case: Case | None, region: str, sector: str) -> dict:
    if case:
        return {"scope": PledgeScope.CASE, "case": case}
    if region in REGIONS:
        return {"scope": PledgeScope.REGION, "region": region}
    if re.fullmatch(r"\d\d", sector):
        return {"scope": PledgeScope.SECTOR, "sector": sector}
    raise CannotPledge(_("Choisissez une région ou un secteur."))


# --- the words -----------------------------------------------------------------------------------------------------


def whole_text(typed: str) -> str:
    """The whole post from what was typed: trimmed, with the mark of the link once (at the end if it was absent)."""
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n")).strip()
    marks = text.count(Pledge.LINK_MARK)
    if len(text) > LONGEST_TEXT:
        raise CannotPledge(_("Ce texte est trop long : %(most)s caractères au plus.") % {"most": LONGEST_TEXT}, "text")
    if likeness.TURNS_READING.search(text):
        raise CannotPledge(
            _("Ce texte contient des caractères invisibles qui retournent le sens de lecture : écrivez-le ici."), "text"
        )
    if marks > 1:
        raise CannotPledge(_("{lien} ne doit figurer qu’une fois : c’est là que se placera le lien."), "text")
    if len(likeness.WORD.findall(text.replace(Pledge.LINK_MARK, ""))) < FEWEST_WORDS:
        raise CannotPledge(_("Écrivez au moins quelques mots : un lien seul ne convainc personne."), "text")
    return text if marks else f"{text} {Pledge.LINK_MARK}"


def length(account: NetworkAccount, text: str) -> tuple[int, int]:
    """(weighted length, most allowed) of a text that holds the mark of the link."""
    return accounts.length(account, Pledge.shown(text))


def check_length(account: NetworkAccount, text: str) -> None:
    used, most = length(account, text)
    if used > most:
        raise CannotPledge(
            _("Ce texte est trop long de %(over)s caractères (%(used)s sur %(most)s).")
            % {"over": used - most, "used": used, "most": most},
            "text",
        )


def check_own_words(account: NetworkAccount, text: str, **target) -> None:
    """Refuse what is too close to what others agreed to post, or to the campaign's own words.

    The same person may say the same thing on two networks.
    """
    near = likeness.nearest(text, others_texts(account, **target)).share
    if near >= likeness.LIMIT:
        raise CannotPledge(
            _(
                "Ce texte ressemble à %(near)s %% à un autre déjà prévu (la limite est %(limit)s %%). Les réseaux "
                "bloquent les copies : changez le début, ajoutez pourquoi cela vous touche, vous."
            )
            % {"near": percent(near), "limit": percent(likeness.LIMIT)},
            "text",
        )


def percent(share: float) -> int:
    """Rounded down: what is below the limit never reads as the limit."""
    return int(100 * share + 1e-6)


def others_texts(account: NetworkAccount, *, case: Case | None = None, region: str = "", sector: str = "") -> list[str]:
    """What others agreed to post about this case, or about any case of this region or sector; and the campaign's words."""
    held, cases = _beside(region, sector) if case is None else (Pledge.objects.covering(case), [case])
    held = held.filter(mode=PledgeMode.OWN_WORDS).exclude(account=account)
    texts = held.exclude(influencer=account.influencer, account__in=_on_other_networks(account))
    campaign = Broadcast.objects.filter(case__in=cases)
    return [*texts.values_list("consented_text", flat=True), *campaign.values_list("canonical_text", flat=True)]


def _beside(region: str, sector: str) -> tuple[QuerySet[Pledge], QuerySet[Case]]:
    """The pledges that may speak of one case together with a pledge to this region or sector, and those cases."""
    cases = Case.objects.running()
    if region:
        cases = cases.filter(job_requests.in_regions([region]))
        wide = Q(scope=PledgeScope.REGION, region=region) | Q(scope=PledgeScope.SECTOR)
    else:
        cases = cases.filter(naf_code__startswith=sector)
        wide = Q(scope=PledgeScope.SECTOR, sector=sector) | Q(scope=PledgeScope.REGION)
    return Pledge.objects.active().filter(wide | Q(case__in=cases)), cases


def _on_other_networks(account: NetworkAccount) -> QuerySet[NetworkAccount]:
    return NetworkAccount.objects.filter(influencer=account.influencer_id).exclude(network=account.network)
