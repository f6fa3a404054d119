"""News of a case, the earlier versions of its texts, and the answers of those whom it names."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.contact import ActorContact
from campaigns.models.document import private_files
from campaigns.models.fact import Fact
from campaigns.models.people import User
from i4emploi_site.lib.codes import short_code


class UpdateState(models.TextChoices):
    PUBLISHED = "published", _("publiée")
    HELD = "held", _("retenue pour relecture")
    WITHDRAWN = "withdrawn", _("retirée")
    REFUSED = "refused", _("refusée")


class CaseUpdateQuerySet(models.QuerySet):
    def published(self) -> "CaseUpdateQuerySet":
        return self.filter(state=UpdateState.PUBLISHED)

    def standing(self) -> "CaseUpdateQuerySet":
        """Those that are published, or wait to be."""
        return self.filter(state__in=(UpdateState.PUBLISHED, UpdateState.HELD))


class CaseUpdate(models.Model):
    """News of a case, written by its team, shown on its page."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="updates", verbose_name=_("dossier"))
    state = models.CharField(_("état"), max_length=10, choices=UpdateState, default=UpdateState.PUBLISHED)
    title = models.CharField(_("titre"), max_length=120)
    body = models.TextField(_("texte"), max_length=3000)
    source_url = models.URLField(_("lien"), max_length=500, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("publiée le"), auto_now_add=True)

    objects = CaseUpdateQuerySet.as_manager()

    class Meta:
        verbose_name = _("nouvelle")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.title


def photo_name(photo: "UpdatePhoto", _filename: str) -> str:
    return f"photos/{short_code(26)}"


class UpdatePhoto(models.Model):
    """A picture of an update, redrawn from its pixels alone: nothing that its camera wrote is left."""

    update = models.ForeignKey(CaseUpdate, models.CASCADE, related_name="photos", verbose_name=_("nouvelle"))
    file = models.ImageField(
        _("fichier"), storage=private_files, upload_to=photo_name, width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(_("largeur (pixels)"), editable=False)  # pixels
    height = models.PositiveIntegerField(_("hauteur (pixels)"), editable=False)
    description = models.CharField(_("ce que montre la photo"), max_length=200)

    class Meta:
        verbose_name = _("photo")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.description


class LineKind(models.TextChoices):
    FACT = "fact", _("un fait")
    SUPPORT = "support", _("une aide")
    CONTACT = "contact", _("un acteur prévenu")


class TextVersionQuerySet(models.QuerySet):
    def of_the_text(self) -> "TextVersionQuerySet":
        """Of the case's own text: neither of news nor of a line."""
        return self.filter(update__isnull=True, line="")

    def taken_back(self, *lines: str) -> "TextVersionQuerySet":
        """Of lines that are gone: the public reads why, never what they said."""
        return self.filter(withdrawn=True, line__in=lines)


class TextVersion(models.Model):
    """Append-only: what a published text said before it was corrected or taken back, and why it was."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="text_versions", verbose_name=_("dossier"))
    update = models.ForeignKey(
        CaseUpdate, models.CASCADE, null=True, blank=True, related_name="versions", verbose_name=_("nouvelle")
    )
    line = models.CharField(_("ligne"), max_length=8, choices=LineKind, blank=True)  # empty: a text, or news
    fact = models.ForeignKey(  # None: gone, and what it said with it
        Fact, models.SET_NULL, null=True, blank=True, related_name="versions", verbose_name=_("fait")
    )
    contact = models.ForeignKey(
        ActorContact, models.SET_NULL, null=True, blank=True, related_name="versions", verbose_name=_("acteur prévenu")
    )
    withdrawn = models.BooleanField(_("retirée"), default=False)  # the words are the desk's alone
    said = models.JSONField(_("texte d’avant"))  # {column: text}
    reason = models.CharField(_("motif"), max_length=240)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par"))
    replaced_at = models.DateTimeField(_("corrigé le"), auto_now_add=True)

    objects = TextVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version antérieure")
        verbose_name_plural = _("versions antérieures")
        ordering = ["-replaced_at", "-pk"]
        constraints = [models.CheckConstraint(name="text_corrected_for_a_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return self.reason


class ReplyKind(models.TextChoices):
    CORRECTION = "correction", _("Signaler une erreur")
    REPLY = "reply", _("Droit de réponse")


class ReplyState(models.TextChoices):
    WAITING = "waiting", _("à lire")
    PUBLISHED = "published", _("publiée")
    ACCEPTED = "accepted", _("erreur corrigée")
    REFUSED = "refused", _("refusée")


class Reply(models.Model):
    """A correction asked for, or the right of reply of whoever is named (art. 1-1 III of law 2004-575)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="replies", verbose_name=_("dossier"))
    kind = models.CharField(_("demande"), max_length=10, choices=ReplyKind)
    state = models.CharField(_("état"), max_length=10, choices=ReplyState, default=ReplyState.WAITING, db_index=True)
    passage = models.CharField(_("le passage en cause"), max_length=400)
    text = models.TextField(_("réponse, ou ce qui serait juste"), max_length=3000)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    name = models.CharField(_("nom"), max_length=80)
    email = models.EmailField(_("adresse e-mail"))
    submission_key = models.UUIDField(_("clé du formulaire"), unique=True)
    at = models.DateTimeField(_("reçue le"), auto_now_add=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("décidé par")
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True)
    reason = models.TextField(_("motif"), max_length=1000, blank=True)

    class Meta:
        verbose_name = _("réponse ou correction")
        verbose_name_plural = _("réponses et corrections")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="reply_decision_is_dated",
                condition=Q(state="waiting", decided_at__isnull=True)
                | ~Q(state="waiting") & Q(decided_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.passage[:80]
