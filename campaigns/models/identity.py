"""Who files: the sealed identity of a pseudonymous worker, the register of elected officials, a town hall's word."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.people import User
from i4emploi_site.lib.vault import SealedField


class SealedIdentity(models.Model):
    """Name and mailbox of a pseudonymous filer, encrypted, apart from the case. `campaigns.identity` alone reads it."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="sealed_identity", verbose_name=_("dossier"))
    sealed = SealedField(_("contenu sous scellé"))  # {"name", "email"} as JSON

    class Meta:
        verbose_name = _("identité sous scellé")
        verbose_name_plural = _("identités sous scellé")
        permissions = [("open_identity", "Can open a sealed identity")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class IdentityOpening(models.Model):
    """Append-only: who opened a sealed identity, when, and why."""

    identity = models.ForeignKey(
        SealedIdentity, models.CASCADE, related_name="openings", verbose_name=_("identité sous scellé")
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("le"), auto_now_add=True)
    reason = models.TextField(_("motif"), max_length=1000)

    class Meta:
        verbose_name = _("ouverture d’un scellé")
        verbose_name_plural = _("ouvertures de scellés")
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="identity_opened_for_a_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class ElectedOfficial(models.Model):
    """A mandate of the Répertoire national des élus: name, commune, mandate, its first day, and nothing else."""

    commune_code = models.CharField(_("commune"), max_length=5)
    last_name = models.CharField(_("nom"), max_length=80)
    first_name = models.CharField(_("prénom"), max_length=80)
    search_name = models.CharField(
        _("nom à chercher"), max_length=160
    )  # as `searchable` writes it: given name, then name
    mandate = models.CharField(_("mandat"), max_length=80)
    since = models.DateField(_("depuis le"), null=True)

    class Meta:
        verbose_name = _("élu·e")
        indexes = [models.Index(fields=["commune_code", "search_name"], name="elected_commune_name")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class TownHallCheck(models.Model):
    """The question sent to a town hall's official address: is this person yours? The click on its link is the answer."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="town_hall_checks", verbose_name=_("dossier"))
    sent_to = models.EmailField(_("adresse officielle"))
    asked_name = models.CharField(_("personne"), max_length=80)
    asked_digest = models.CharField(
        _("empreinte de la question"), max_length=64, editable=False
    )  # keyed, of the name, commune and mailbox asked about
    sent_at = models.DateTimeField(_("envoyé le"), auto_now_add=True)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    is_ours = models.BooleanField(_("confirmé"), null=True)

    class Meta:
        verbose_name = _("question à la mairie")
        verbose_name_plural = _("questions aux mairies")
        ordering = ["sent_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="town_hall_answer_is_dated",
                condition=Q(is_ours__isnull=True, answered_at__isnull=True)
                | Q(is_ours__isnull=False, answered_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.sent_to
