"""Buyer leads and their way through the pipeline. A lead is not an offer (art. L642-2: offers go to the court's hand)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case
from campaigns.models.link import Click, ShortLink
from campaigns.models.people import User


class BuyerType(models.TextChoices):
    SAME_SECTOR = "same_sector", _("Industriel du secteur")
    OTHER_SECTOR = "other_sector", _("Industriel d’un autre secteur")
    FUND = "fund", _("Fonds d’investissement ou de retournement")
    SCOP = "scop", _("Salariés (SCOP)")
    SCIC = "scic", _("SCIC")
    MANAGERS = "managers", _("Cadres ou dirigeants repreneurs (contrôle L642-3)")
    PERSON = "person", _("Particulier repreneur")
    PUBLIC = "public", _("Collectivité ou SEM")
    ASSOCIATION = "association", _("Association ou ESS")
    INTERMEDIARY = "intermediary", _("Intermédiaire ou conseil")
    OTHER = "other", _("Autre")


class LeadStage(models.TextChoices):
    REPORTED = "reported", _("Piste signalée")
    INTEREST = "interest", _("Manifestation d’intérêt")
    INTRODUCED = "introduced", _("Mise en relation avec l’administrateur")
    NDA = "nda", _("Engagement de confidentialité signé")
    DATA_ROOM = "data_room", _("Accès à la data room")
    VISIT = "visit", _("Visite de site")
    LETTER = "letter", _("Lettre d’intention")
    OFFER = "offer", _("Offre déposée")
    IMPROVED = "improved", _("Offre améliorée")
    HEARING = "hearing", _("Audience")
    CHOSEN = "chosen", _("Offre retenue")
    NOT_CHOSEN = "not_chosen", _("Offre non retenue")
    DROPPED = "dropped", _("Sans suite")


class Lead(models.Model):
    case = models.ForeignKey(Case, models.CASCADE, related_name="leads", verbose_name=_("dossier"))
    stage = models.CharField(_("étape"), max_length=12, choices=LeadStage, default=LeadStage.INTEREST)
    buyer_type = models.CharField(_("type de repreneur"), max_length=16, choices=BuyerType)
    name = models.CharField(_("nom"), max_length=80)
    organisation = models.CharField(_("organisation"), max_length=120, blank=True)
    email = models.EmailField(_("adresse e-mail"))
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    message = models.TextField(_("projet"), max_length=3000, blank=True)
    declaration = models.TextField(_("déclaration sur l’honneur (art. L642-3)"), blank=True)  # the words accepted
    declared_at = models.DateTimeField(_("déclarée le"), null=True, blank=True)
    click = models.ForeignKey(
        Click, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("clic d’origine")
    )
    link = models.ForeignKey(
        ShortLink, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("lien d’origine")
    )
    submission_key = models.UUIDField(
        _("clé du formulaire"), unique=True
    )  # one form, one lead, however often the button is pressed
    created_at = models.DateTimeField(_("reçue le"), auto_now_add=True)

    class Meta:
        verbose_name = _("piste de repreneur")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="lead_interest_is_declared",
                condition=Q(stage__in=["reported", "dropped"]) | Q(declared_at__isnull=False) & ~Q(declaration=""),
                violation_error_message=_("La déclaration sur l’honneur (art. L642-3) manque."),
            )
        ]

    def __str__(self) -> str:
        return self.organisation or self.name


class LeadStep(models.Model):
    """Append-only: a lead moved to a stage."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="steps", verbose_name=_("piste"))
    stage = models.CharField(_("étape"), max_length=12, choices=LeadStage)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("le"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("étape d’une piste")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_stage_display()
