"""The team of a case: who reads its leads, prepares its broadcasts and writes its news."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.models import Case, CaseMember, User
from i4emploi_site.lib import mail
from i4emploi_site.lib.limits import too_many

ADDITIONS_AN_HOUR = 20  # to one case


class NotPossible(Exception):
    """Why the team stays as it is; the message is for people."""


def add(case: Case, by: User, email: str, role: str) -> CaseMember:
    """Make the person one of the team, once, and tell the whole team who was added by whom.

    Nobody's mailbox is taken on trust: the new member signs in with a code sent to it.
    """
    email = email.lower()
    if too_many("team", str(case.pk), ADDITIONS_AN_HOUR):
        raise NotPossible(_("Trop de personnes ajoutées : réessayez dans une heure."))
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User.objects.create_user(email)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
        if not user.is_active:
            raise NotPossible(_("Ce compte est fermé : écrivez à la modération."))
        member, made = CaseMember.objects.get_or_create(case=case, user=user, defaults={"role": role})
        if made:
            transaction.on_commit(lambda: _tell_team(case, by, user), robust=True)
    return member


def remove(member: CaseMember) -> None:
    """Take a person off the team. Raises NotPossible for the last one: leads must have a reader."""
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=member.case_id)
        if not CaseMember.objects.filter(case=member.case_id).exclude(pk=member.pk).exists():
            raise NotPossible(_("L’équipe garde au moins une personne : ajoutez-en une autre d’abord."))
        member.delete()


def _tell_team(case: Case, by: User, added: User) -> None:
    context = {
        "case": case,
        "by": by,
        "added": added,
        "url": settings.SITE_URL + reverse("dashboard", args=[case.slug]),
    }
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("L’équipe de %(case)s s’agrandit") % {"case": case}
        body = render_to_string("campaigns/mail/team.txt", context)
    for member in User.objects.team_of(case):
        mail.send(member.email, subject, body, about=f"Team of case {case.pk}")
