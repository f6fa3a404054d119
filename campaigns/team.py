"""The team of a case: who reads its leads, prepares its broadcasts and writes its news."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns import identity
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
        raise NotPossible(_("Trop de personnes ajoutées : réessayez dans une heure."))
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=case.pk)
        user = User.objects.of_mailbox(email) or _account(email)
        if not user.is_active:
            raise NotPossible(_("Ce compte est fermé : écrivez à la modération."))
        member, made = CaseMember.objects.get_or_create(case=case, user=user, defaults={"role": role})
        if made:
            transaction.on_commit(lambda: _tell(case, by, user, "joined"), robust=True)
    return member


def _account(email: str) -> User:
    try:
        with transaction.atomic():
            user = User.objects.create_user(email)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=False)
    except IntegrityError:  # another team added the same person at that instant
        return User.objects.get(email__iexact=email)
    return user


def remove(member: CaseMember, by: User) -> None:
    """Take a person off the team, and tell everybody. Raises NotPossible for the last one: leads must have a reader."""
    with transaction.atomic():
        Case.objects.select_for_update(of=["self"]).get(pk=member.case_id)
        if not CaseMember.objects.filter(case=member.case_id).exclude(pk=member.pk).exists():
            raise NotPossible(_("L’équipe garde au moins une personne : ajoutez-en une autre d’abord."))
        member.delete()
        transaction.on_commit(lambda: _tell(member.case, by, member.user, "left"), robust=True)


def _tell(case: Case, by: User, who: User, what: str) -> None:
    """Everybody whom it concerns: the person, the rest of the team, and a filer who keeps a pseudonym and has no account.

    Unless the case is public the mails do not name it, nor does their link: who was added by mistake learns nothing.
    """
    others = [member.email for member in User.objects.team_of(case) if member != who]
    with translation.override(settings.LANGUAGE_CODE):
        name = str(case) if case.is_public else _("un dossier i4emploi")
        yours = _("Bienvenue dans l’équipe : %(case)s") if what == "joined" else _("Vous quittez l’équipe : %(case)s")
        theirs = _("L’équipe change : %(case)s") % {"case": name}
        url, members = (settings.SITE_URL + case.team_path(door) for door in ("dashboard", "team_members"))
        context = {
            "name": name,
            "by": by,
            "who": who,
            "what": what,
            "url": url,
            "members": members,
            "public": case.is_public,
        }
        to_person, to_team, to_filer = (
            render_to_string("campaigns/mail/team.txt", context | {"reader": reader})
            for reader in ("person", "team", "filer")
        )
    mail.send(who.email, yours % {"case": name}, to_person, about=f"Team of case {case.pk}")
    for address in others:
        mail.send(address, theirs, to_team, about=f"Team of case {case.pk}")
    if case.pseudonymous:
        identity.write_to(case, theirs, to_filer, about=f"Team of case {case.pk}")
