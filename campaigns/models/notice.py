"""What the official gazette (BODACC) says, as evidence, and the openings that the radar found in it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.people import User
from campaigns.models.place import Commune


class NoticeKind(models.TextChoices):
    ANNONCE = "annonce", _("annonce")
    RECTIFICATIF = "rectificatif", _("rectificatif")
    ANNULATION = "annulation", _("annulation")


class NoticeQuerySet(models.QuerySet):
    def standing(self) -> "NoticeQuerySet":
        """The notices that hold: neither withdrawn, nor replaced by one that was not withdrawn itself."""
        withdrawn = Notice.objects.filter(cancelled=True).values("bodacc_id")
        replaced = ~Q(superseded_by="") & ~Q(superseded_by__in=withdrawn)
        return self.filter(cancelled=False).exclude(kind=NoticeKind.ANNULATION).exclude(replaced)


class Notice(models.Model):
    """One notice about a company (never about a person), as published."""

    bodacc_id = models.CharField(_("numéro"), max_length=40, unique=True)
    kind = models.CharField(_("type"), max_length=12, choices=NoticeKind)
    corrects = models.CharField(_("corrige l’annonce"), max_length=40, blank=True)  # the other notice's `bodacc_id`
    siren = models.CharField("SIREN", max_length=9, db_index=True)
    published_on = models.DateField(_("parue le"))
    departement = models.CharField(_("département"), max_length=3, blank=True)
    court = models.CharField(_("tribunal"), max_length=200, blank=True)
    nature = models.CharField(_("nature du jugement"), max_length=300, blank=True)
    judgment_on = models.DateField(_("jugement du"), null=True, blank=True)
    payments_ceased_on = models.DateField(_("cessation des paiements"), null=True, blank=True)
    details = models.TextField(_("texte"), blank=True)
    company_name = models.CharField(_("entreprise"), max_length=200, blank=True)
    city = models.CharField(_("ville"), max_length=120, blank=True)
    url = models.URLField(_("adresse"), max_length=500, blank=True)
    superseded_by = models.CharField(_("corrigée par"), max_length=40, blank=True)  # a `bodacc_id`
    cancelled = models.BooleanField(_("annulée"), default=False)
    seen_at = models.DateTimeField(_("lue le"), auto_now_add=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("annonce du Bodacc")
        verbose_name_plural = _("annonces du Bodacc")
        ordering = ["-published_on", "-pk"]

    def __str__(self) -> str:
        return self.nature or self.bodacc_id

    @property
    def stands(self) -> bool:
        return Notice.objects.standing().filter(pk=self.pk).exists()


class OpeningState(models.TextChoices):
    NEW = "new", _("à regarder")
    LETTER_SENT = "letter_sent", _("lettre envoyée")
    DISMISSED = "dismissed", _("écartée")


class RadarOpening(models.Model):
    """A new opening that a moderator may tell a town hall about. Nothing is ever sent by itself."""

    notice = models.OneToOneField(Notice, models.CASCADE, related_name="radar", verbose_name=_("annonce du Bodacc"))
    commune = models.ForeignKey(
        Commune, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("commune")
    )
    naf_code = models.CharField(_("code NAF"), max_length=6, blank=True)
    headcount_code = models.CharField(_("tranche d’effectif (Insee)"), max_length=2, blank=True)
    headcount_low = models.PositiveIntegerField(_("effectif, au moins"), null=True, blank=True)  # None: unknown
    headcount_high = models.PositiveIntegerField(_("effectif, au plus"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=12, choices=OpeningState, default=OpeningState.NEW, db_index=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", verbose_name=_("décidé par")
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True, editable=False)
    found_at = models.DateTimeField(_("trouvée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("ouverture repérée")
        verbose_name_plural = _("radar")
        ordering = ["-notice__published_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="radar_decision_is_dated",
                condition=Q(state="new", decided_at__isnull=True) | ~Q(state="new") & Q(decided_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.notice.company_name


class RegisterReading(models.Model):
    """How far a register was read, so that a missed day is read the next."""

    register = models.CharField(_("registre"), max_length=20, primary_key=True)
    read_until = models.DateField(_("lu jusqu’au"))
    read_at = models.DateTimeField(_("lu le"), auto_now=True)

    class Meta:
        verbose_name = _("lecture d’un registre")

    def __str__(self) -> str:
        return self.register
