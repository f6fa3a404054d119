"""Who has been told: the public actors of a rescue, when they were told and what they answered."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.people import User


class PublicActor(models.TextChoices):
    """In the order in which a town usually calls them."""

    MAYOR = "mayor", _("Mairie")
    SUB_PREFECT = "sub_prefect", _("Sous-préfecture")
    PREFECT = "prefect", _("Préfecture (CODEFI, moins de 400 salariés)")
    CIRI = "ciri", _("CIRI (plus de 400 salariés)")
    COMMISSIONER = "commissioner", _("Commissaire aux restructurations")
    PRACTITIONER = "practitioner", _("Administrateur ou mandataire judiciaire")
    WORKS_COUNCIL = "works_council", _("CSE")
    DREETS = "dreets", _("DREETS")
    REGION = "region", _("Région")
    DEPARTEMENT = "departement", _("Département")
    EPCI = "epci", _("Intercommunalité (EPCI)")
    CCI = "cci", _("CCI")
    SCOP_UNION = "scop_union", _("Union régionale des SCOP")
    BPIFRANCE = "bpifrance", _("Bpifrance")
    BANQUE_DE_FRANCE = "banque_de_france", _("Banque de France")
    PARLIAMENT = "parliament", _("Députés et sénateurs")
    OTHER = "other", _("Autre")


class ActorContact(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="contacts", verbose_name=_("dossier"))
    actor = models.CharField(_("qui a été prévenu"), max_length=20, choices=PublicActor)
    precision = models.CharField(_("précision"), max_length=120, blank=True)
    told_by = models.CharField(_("par qui"), max_length=120)
    told_on = models.DateField(_("le"))
    answer = models.CharField(_("réponse"), max_length=400, blank=True)
    answered_on = models.DateField(_("répondu le"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("noté par")
    )
    recorded_at = models.DateTimeField(_("noté le"), auto_now_add=True)

    class Meta:
        verbose_name = _("acteur prévenu")
        verbose_name_plural = _("acteurs prévenus")
        ordering = ["told_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_answer_is_dated",
                condition=Q(answer="", answered_on__isnull=True) | ~Q(answer="") & Q(answered_on__isnull=False),
                violation_error_message=_("Une réponse a une date, et une date a sa réponse."),
            ),
            models.CheckConstraint(
                name="contact_answered_after_told",
                condition=Q(answered_on__isnull=True) | Q(answered_on__gte=F("told_on")),
                violation_error_message=_("La réponse ne peut pas précéder la demande."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_actor_display()
