"""After the judgment: what became of the jobs at 6, 12, 24 and 36 months, and those who look for one (#i4emploiR)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.fact import Fact
from campaigns.models.people import User
from campaigns.models.place import Commune
from i4emploi_site.lib.vault import SealedField

FOLLOW_UP_MONTHS = (6, 12, 24, 36)


class FollowUp(models.Model):
    """The question « how many jobs today? », asked of the team by mail on its day."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="follow_ups", verbose_name=_("dossier"))
    months = models.PositiveSmallIntegerField(_("mois"))
    due_on = models.DateField(_("à demander le"), db_index=True)
    asked_at = models.DateTimeField(_("demandé le"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("redemandé le"), null=True, blank=True)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    fact = models.OneToOneField(Fact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("fait"))

    class Meta:
        verbose_name = _("suivi")
        ordering = ["due_on"]
        constraints = [
            models.UniqueConstraint(fields=["case", "months"], name="follow_up_once"),
            models.CheckConstraint(name="follow_up_months", condition=Q(months__in=FOLLOW_UP_MONTHS)),
        ]

    def __str__(self) -> str:
        return f"{self.case} + {self.months}"


class JobRequestState(models.TextChoices):
    UNCONFIRMED = "unconfirmed", _("adresse à confirmer")
    WAITING = "waiting", _("à vérifier")
    PUBLISHED = "published", _("publiée")
    REFUSED = "refused", _("refusée")
    FOUND = "found", _("emploi trouvé")
    WITHDRAWN = "withdrawn", _("retirée")


class JobRequestQuerySet(models.QuerySet):
    def public(self, now) -> "JobRequestQuerySet":
        return self.filter(state=JobRequestState.PUBLISHED, expires_at__gt=now).exclude(
            case__in=Case.objects.exclude(pk__in=Case.objects.public())
        )


class JobRequest(models.Model):
    """What a job seeker asks the same networks to pass on. The mailbox is sealed and never shown."""

    code = models.CharField(_("adresse"), max_length=12, unique=True, editable=False)
    case = models.ForeignKey(
        Case, models.SET_NULL, null=True, blank=True, related_name="job_requests", verbose_name=_("dossier")
    )
    state = models.CharField(_("état"), max_length=12, choices=JobRequestState, default=JobRequestState.UNCONFIRMED)
    occupation = models.CharField(_("métier cherché"), max_length=120)
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="+", verbose_name=_("commune"))
    naf_division = models.CharField(_("secteur (division NAF)"), max_length=2, blank=True)
    kilometres = models.PositiveSmallIntegerField(_("jusqu’à combien de kilomètres"), null=True, blank=True)
    summary = models.CharField(_("en une phrase"), max_length=200)
    text = models.TextField(_("en quelques mots"), max_length=1500, blank=True)
    shown_name = models.CharField(_("prénom ou pseudonyme, publié"), max_length=40)
    email = SealedField(_("adresse e-mail"))
    mailbox_digest = models.CharField(_("empreinte de l’adresse"), max_length=64, editable=False)
    consent = models.TextField(_("accord donné"), editable=False)  # the words that were accepted
    manage_key = models.CharField(
        _("clé du lien de gestion"), max_length=64, unique=True, editable=False
    )  # digest of the secret of the manage link
    created_at = models.DateTimeField(_("déposée le"), auto_now_add=True)
    mailed_at = models.DateTimeField(_("lien envoyé le"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("décidé par")
    )
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True)
    expires_at = models.DateTimeField(_("jusqu’au"), null=True, blank=True)
    reason = models.CharField(_("motif"), max_length=400, blank=True)

    objects = JobRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande d’emploi")
        verbose_name_plural = _("demandes d’emploi")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="job_request_published_is_dated",
                condition=~Q(state="published") | Q(published_at__isnull=False, expires_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.summary
