"""Facts with sources: several may disagree, and are shown side by side, never averaged."""

from django.db import models
from django.db.models import Q
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.document import Document
from campaigns.models.people import User


class FactKind(models.TextChoices):
    """Threatened, promised, court-validated and confirmed jobs are separate figures."""

    JOBS_THREATENED = "jobs_threatened", _("Emplois menacés")
    JOBS_PROMISED = "jobs_promised", _("Emplois promis")
    JOBS_TAKEN_OVER = "jobs_taken_over", _("Emplois repris (jugement)")
    JOBS_LOST = "jobs_lost", _("Emplois perdus")
    JOBS_CONFIRMED = "jobs_confirmed", _("Emplois constatés")
    PUBLIC_SUPPORT = "public_support", _("Aide publique")
    PRICE = "price", _("Prix de cession")
    EVENT = "event", _("Événement")


class Unit(models.TextChoices):
    JOBS = "jobs", _("emplois")
    EUROS = "euros", _("euros")
    NONE = "", "–"


class Fact(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="facts", verbose_name=_("dossier"))
    kind = models.CharField(_("fait"), max_length=20, choices=FactKind)
    value = models.DecimalField(_("valeur"), max_digits=14, decimal_places=2, null=True, blank=True)
    unit = models.CharField(_("unité"), max_length=8, choices=Unit, blank=True)
    text = models.CharField(_("en mots"), max_length=300, blank=True)
    on = models.DateField(_("date du fait"), null=True, blank=True)
    source_label = models.CharField(_("qui le dit"), max_length=120)
    source_url = models.URLField(_("lien de la source"), max_length=500, blank=True)
    document = models.ForeignKey(
        Document, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("pièce")
    )
    giver = models.CharField(_("qui la donne"), max_length=120, blank=True)  # of public support
    condition = models.CharField(_("à quelle condition"), max_length=240, blank=True)
    is_headline = models.BooleanField(_("chiffre mis en avant"), default=False)
    recorded_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("noté par")
    )
    recorded_at = models.DateTimeField(_("noté le"), auto_now_add=True)

    class Meta:
        verbose_name = _("fait")
        ordering = ["kind", "-is_headline", "pk"]
        constraints = [
            models.CheckConstraint(
                name="fact_says_something",
                condition=Q(value__isnull=False) | ~Q(text=""),
                violation_error_message=_("Un fait a une valeur ou des mots."),
            ),
            models.CheckConstraint(
                name="fact_value_not_negative",
                condition=Q(value__isnull=True) | Q(value__gte=0),
                violation_error_message=_("Une valeur ne peut pas être négative."),
            ),
            models.CheckConstraint(
                name="fact_giver_is_of_support",
                condition=Q(kind="public_support") | Q(giver="", condition=""),
                violation_error_message=_("Seule une aide publique a un donateur et une condition."),
            ),
            models.UniqueConstraint(
                fields=["case", "kind"], condition=Q(is_headline=True), name="fact_one_headline_per_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} : {self.text or floatformat(self.value, '-2g')}"
