"""The rescue case: one company's site, its jobs, its procedure, its life on this platform."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.people import FilerRole, User
from campaigns.models.place import Commune
from i4emploi_site.lib.codes import short_code
from i4emploi_site.lib.times import PARIS

if TYPE_CHECKING:
    from campaigns.models.fact import Fact


class Stage(models.TextChoices):
    """Procedure stages; the codes are those of French practice, kept in French because they have no English twin."""

    ALERTE = "alerte", _("Difficultés signalées (hors procédure)")
    MANDAT_AD_HOC = "mandat_ad_hoc", _("Mandat ad hoc")
    CONCILIATION = "conciliation", _("Conciliation")
    FERMETURE_ANNONCEE = "fermeture_annoncee", _("Projet de fermeture / PSE annoncé")
    SAUVEGARDE = "sauvegarde", _("Sauvegarde (y compris accélérée)")
    REDRESSEMENT = "redressement", _("Redressement judiciaire")
    LIQUIDATION_POURSUITE = "liquidation_poursuite", _("Liquidation judiciaire avec maintien de l’activité")
    LIQUIDATION = "liquidation", _("Liquidation judiciaire")
    PLAN_CESSION = "plan_cession", _("Plan de cession arrêté")
    PLAN_REDRESSEMENT = "plan_redressement", _("Plan de sauvegarde / de redressement arrêté")
    CLOTURE = "cloture", _("Procédure clôturée")


CONFIDENTIAL_STAGES = (Stage.MANDAT_AD_HOC, Stage.CONCILIATION)  # art. L611-15 C. com.: never public


class Nomenclature(models.TextChoices):
    """Which list of activities a NAF code is of: the same digits differ between the two."""

    REV_2 = "rev2", "NAF rév. 2"
    NAF_2025 = "naf2025", "NAF 2025"


class CaseStatus(models.TextChoices):
    DRAFT = "draft", _("Brouillon")
    SUBMITTED = "submitted", _("À vérifier")
    CHANGES_ASKED = "changes_asked", _("Précisions demandées")
    PUBLISHED = "published", _("Publié")
    HELD = "held", _("Suspendu")
    CLOSED = "closed", _("Clos")
    REJECTED = "rejected", _("Refusé")


UNDER_WAY = (CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED, CaseStatus.PUBLISHED, CaseStatus.HELD)  # filed, not ended

TRANSITIONS: dict[str, tuple[str, ...]] = {
    CaseStatus.DRAFT: (CaseStatus.SUBMITTED,),
    CaseStatus.SUBMITTED: (CaseStatus.PUBLISHED, CaseStatus.CHANGES_ASKED, CaseStatus.REJECTED),
    CaseStatus.CHANGES_ASKED: (CaseStatus.SUBMITTED, CaseStatus.REJECTED),
    CaseStatus.PUBLISHED: (CaseStatus.HELD, CaseStatus.CLOSED),
    CaseStatus.HELD: (CaseStatus.PUBLISHED, CaseStatus.CLOSED),
    CaseStatus.CLOSED: (),
    CaseStatus.REJECTED: (),
}


class Outcome(models.TextChoices):
    SAVED = "saved", _("Emplois sauvegardés")
    PARTLY_SAVED = "partly_saved", _("Partiellement sauvegardés")
    LOST = "lost", _("Emplois perdus")
    CONTINUED = "continued", _("Poursuite sans cession (plan)")
    RESUMED_LATER = "resumed_later", _("Reprise ultérieure")
    WITHDRAWN = "withdrawn", _("Campagne retirée")


class CaseQuerySet(models.QuerySet):
    def public(self) -> "CaseQuerySet":
        """The cases that anyone may see: published or closed, and never at a confidential stage."""
        return self.filter(status__in=[CaseStatus.PUBLISHED, CaseStatus.CLOSED]).exclude(stage__in=CONFIDENTIAL_STAGES)

    def running(self) -> "CaseQuerySet":
        """The public cases that are still being fought for: the only ones about which anything is posted."""
        return self.public().filter(status=CaseStatus.PUBLISHED)

    def with_next_milestone(self, now) -> "CaseQuerySet":
        """Adds `next_at`, the instant of the first milestone still to come, or None."""
        coming = Q(milestones__at__gt=now, milestones__cancelled_at__isnull=True)
        return self.annotate(next_at=Min("milestones__at", filter=coming))

    def by_urgency(self, now) -> "CaseQuerySet":
        """The least time left first; the cases without a date last."""
        return self.with_next_milestone(now).order_by(F("next_at").asc(nulls_last=True), "created_at")

    def worked_on_by(self, user) -> "CaseQuerySet":
        """The cases whose private pages are open to `user`: their team's and, to moderators, every filed one."""
        moderates = user.is_staff and user.has_perm("campaigns.change_case")
        return self.exclude(status=CaseStatus.DRAFT) if moderates else self.filter(members__user=user)


class Case(models.Model):
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    status = models.CharField(_("état"), max_length=16, choices=CaseStatus, default=CaseStatus.DRAFT, db_index=True)
    is_example = models.BooleanField(_("exemple inventé"), default=False)

    company_name = models.CharField(_("entreprise"), max_length=120, blank=True)
    siren = models.CharField("SIREN", max_length=9, blank=True, db_index=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    registered_name = models.CharField(_("nom au registre"), max_length=200, blank=True)  # empty: given by hand
    headcount_code = models.CharField(_("tranche d’effectif (Insee)"), max_length=2, blank=True)
    naf_code = models.CharField(_("code NAF"), max_length=6, blank=True)
    naf_nomenclature = models.CharField(_("nomenclature"), max_length=8, choices=Nomenclature, blank=True)
    sector = models.CharField(_("secteur"), max_length=120, blank=True)
    commune = models.ForeignKey(
        Commune, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    address = models.CharField(_("adresse du site"), max_length=200, blank=True)

    stage = models.CharField(_("étape de la procédure"), max_length=24, choices=Stage, blank=True)
    court = models.CharField(_("tribunal"), max_length=120, blank=True)
    practitioner = models.CharField(_("administrateur ou liquidateur, à qui écrire"), max_length=200, blank=True)

    summary = models.CharField(_("en une phrase"), max_length=240, blank=True)
    story = models.TextField(_("ce qui se passe"), max_length=6000, blank=True)
    needs = models.TextField(_("ce qu’il faut"), max_length=3000, blank=True)
    hashtag = models.CharField(_("mot-dièse"), max_length=50, default="i4emploi")

    filer_role = models.CharField(_("vous êtes"), max_length=16, choices=FilerRole, blank=True)
    filer_name = models.CharField(_("votre nom"), max_length=80, blank=True)
    filer_email = models.EmailField(_("votre adresse e-mail"), blank=True)
    pseudonymous = models.BooleanField(_("sous pseudonyme"), default=False)  # the identity is sealed, apart
    filer_email_confirmed_at = models.DateTimeField(
        _("adresse e-mail confirmée le"), null=True, blank=True, editable=False
    )
    has_account = models.BooleanField(_("déclarant avec un compte"), default=False, editable=False)  # so no pseudonym
    evidence_url = models.URLField(_("un lien qui le prouve"), max_length=500, blank=True)
    attested_at = models.DateTimeField(_("attesté le"), null=True, blank=True, editable=False)
    attestation = models.TextField(_("attestation"), blank=True, editable=False)  # the words that were accepted

    filing_key = models.CharField(
        _("clé du lien de reprise"), max_length=64, unique=True, editable=False
    )  # digest of the secret of the resume link
    filing_step = models.PositiveSmallIntegerField(_("page du dépôt"), default=1, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    gazette_watched_on = models.DateField(_("Bodacc lu le"), null=True, blank=True, editable=False)

    outcome = models.CharField(_("issue"), max_length=16, choices=Outcome, blank=True)
    outcome_note = models.TextField(_("précisions sur l’issue"), blank=True)

    created_at = models.DateTimeField(_("ouvert le"), auto_now_add=True)
    updated_at = models.DateTimeField(_("modifié le"), auto_now=True)
    submitted_at = models.DateTimeField(_("déposé le"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("clos le"), null=True, blank=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("dossier")
        constraints = [
            models.CheckConstraint(
                name="case_confidential_never_published",
                condition=~Q(status__in=["published", "closed"], stage__in=["mandat_ad_hoc", "conciliation"]),
                violation_error_message=_("Mandat ad hoc et conciliation sont confidentiels (art. L611-15 C. com.)."),
            ),
            models.CheckConstraint(
                name="case_closed_has_outcome",
                condition=Q(status="closed", closed_at__isnull=False) & ~Q(outcome="")
                | ~Q(status="closed") & Q(outcome=""),
                violation_error_message=_("Un dossier clos dit son issue, et seulement lui."),
            ),
            models.CheckConstraint(
                name="case_pseudonym_hides_mailbox",
                condition=Q(pseudonymous=False) | Q(filer_role="worker", filer_email=""),
                violation_error_message=_("Sous pseudonyme, l’adresse e-mail est sous scellé."),
            ),
            models.CheckConstraint(
                name="case_published_is_complete",
                condition=~Q(status__in=["published", "held"])
                | (Q(published_at__isnull=False, commune__isnull=False) & ~Q(company_name="") & ~Q(stage="")),
                violation_error_message=_("Pour être publié, un dossier dit l’entreprise, la commune et l’étape."),
            ),
        ]

    def __str__(self) -> str:
        return self.company_name or self.slug

    def save(self, *args, **kwargs):
        if not self.slug:
            self.slug = f"brouillon-{short_code(10)}"
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("case", args=[self.slug])

    def team_path(self, door: str = "dashboard") -> str:
        """A page of its team, for a mail. The address of a case that was public names it: out of sight, its draft's serves."""
        hidden = self.published_at and not self.is_public
        slug = self.former_slugs.values_list("slug", flat=True).first() if hidden else self.slug
        return reverse(door, args=[slug]) if slug else reverse("me")

    @property
    def is_public(self) -> bool:
        return self.status in (CaseStatus.PUBLISHED, CaseStatus.CLOSED) and not self.is_confidential

    @property
    def is_confidential(self) -> bool:
        """Mandat ad hoc and conciliation: never public, whatever the status (art. L611-15 C. com.)."""
        return self.stage in CONFIDENTIAL_STAGES

    @property
    def is_running(self) -> bool:
        return self.is_public and self.status == CaseStatus.PUBLISHED

    def with_stage(self, stage: str) -> dict:
        """The columns that change when the procedure reaches `stage`.

        What was attested before publication no longer holds once the procedure becomes confidential, or ceases to be.
        """
        flips = (stage in CONFIDENTIAL_STAGES) != self.is_confidential
        again = {"attested_at": None, "attestation": ""} if flips and not self.published_at else {}
        return {"stage": stage} | again

    @property
    def needs_a_team(self) -> bool:
        """Its filer keeps a pseudonym and has no account: without somebody else nobody would read its leads."""
        return self.pseudonymous and not self.members.exists()

    @property
    def speaker(self) -> str:
        """In what quality the filer of a confidential case says that they may speak of it."""
        said, apart, _words = self.attestation.partition("\n")
        return said[2:-2] if apart else ""  # between its guillemets

    def public_instant(self, at: datetime) -> datetime:
        """An instant as it may be told: under a pseudonym the day alone, since an hour may say who is awake, or on a break."""
        return at.astimezone(PARIS).replace(hour=0, minute=0, second=0, microsecond=0) if self.pseudonymous else at

    def headline(self, kind: str) -> "Fact | None":
        """The fact of a kind that is put ahead of the others; reads the prefetched facts where there are some."""
        return next((fact for fact in self.facts.all() if fact.is_headline and fact.kind == kind), None)

    @property
    def place(self) -> str:
        return f"{self.commune.name}, {self.commune.departement_name}" if self.commune else ""


class FormerSlug(models.Model):
    """Append-only: an address that a case had, and that mails of before still carry. It opens only the team's pages."""

    slug = models.SlugField(_("ancienne adresse"), max_length=80, unique=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="former_slugs")

    class Meta:
        verbose_name = _("ancienne adresse")
        verbose_name_plural = _("anciennes adresses")

    def __str__(self) -> str:
        return self.slug


class CaseTransition(models.Model):
    """Append-only: who moved a case from one status to another, when and why."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="transitions", verbose_name=_("dossier"))
    from_status = models.CharField(_("de"), max_length=16, choices=CaseStatus)
    to_status = models.CharField(_("à"), max_length=16, choices=CaseStatus)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("le"), auto_now_add=True)
    reason = models.TextField(_("motif"), blank=True)
    answer = models.TextField(_("réponse du déclarant"), blank=True)  # to a question, for the moderators alone
    read = models.JSONField(_("ce qui était lu"), default=dict, blank=True)  # see questions.as_read

    class Meta:
        verbose_name = _("décision")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_from_status_display()} → {self.get_to_status_display()}"
