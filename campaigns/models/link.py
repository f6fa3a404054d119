"""Short links `/r/<code>` and the clicks on them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.case import Case


class LinkKind(models.TextChoices):
    POST = "post", _("publication")
    SHARE = "share", _("relais en un geste")
    POSTER = "poster", _("affiche")
    PRESS = "press", _("presse")


class ShortLink(models.Model):
    """One code per post, poster, press release or hand-share: what is counted and what leads are attributed to."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="links", verbose_name=_("dossier"))
    kind = models.CharField(_("nature"), max_length=8, choices=LinkKind)
    label = models.CharField(_("à quoi il sert"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("créé le"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True)

    class Meta:
        verbose_name = _("lien court")
        verbose_name_plural = _("liens courts")
        constraints = [
            models.UniqueConstraint(
                fields=["case", "label"],
                condition=models.Q(kind="share", withdrawn_at__isnull=True),
                name="link_one_share_a_channel",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def url(self) -> str:
        return f"{settings.SITE_URL}/r/{self.code}"


class ClickKind(models.TextChoices):
    """Only `human` is a human click; the others are recorded apart and never added to it."""

    HUMAN = "human", _("personne")
    ROBOT = "robot", _("robot ou aperçu de lien")
    HEAD = "head", _("requête HEAD")
    REPEAT = "repeat", _("répétition")


class Click(models.Model):
    """Append-only ledger. The id is a ULID that travels to the case page, so that a lead can name its click."""

    id = models.CharField(max_length=26, primary_key=True)
    link = models.ForeignKey(ShortLink, models.CASCADE, related_name="clicks", verbose_name=_("lien court"))
    kind = models.CharField(_("nature"), max_length=6, choices=ClickKind)
    at = models.DateTimeField(_("le"))
    counted = models.BooleanField(_("compté"), default=False)  # already in CaseFigures

    class Meta:
        verbose_name = _("clic")
        indexes = [
            models.Index(fields=["id"], condition=models.Q(counted=False), name="click_to_count"),
            models.Index(fields=["link", "at"], name="click_link_at"),
        ]

    def __str__(self) -> str:
        return self.id
