"""Users (by e-mail, no user name) and the teams of cases."""

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from campaigns.apps import MODERATORS


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)  # None: no password, the person signs in with a code
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def team_of(self, case) -> models.QuerySet["User"]:
        """Those who work on a case and can be written to, in the order of their accounts."""
        return self.filter(memberships__case=case, is_active=True).order_by("pk")

    def of_mailbox(self, email: str) -> "User | None":
        """Whose mailbox it is: their account's own address, or another that they proved."""
        own = self.filter(email__iexact=email).first()
        proved = Q(emailaddress__email__iexact=email, emailaddress__verified=True)
        return own or self.filter(proved).first() if email else None

    def moderators(self) -> models.QuerySet["User"]:
        return self.filter(is_staff=True, groups__name=MODERATORS, is_active=True).order_by("pk")

    def get_by_natural_key(self, username: str) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    username = None
    first_name = None
    last_name = None
    email = models.EmailField(_("adresse e-mail"), unique=True)
    display_name = models.CharField(_("nom affiché"), max_length=80, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []
    objects = UserManager()

    class Meta:
        verbose_name = _("personne")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


class FilerRole(models.TextChoices):
    """Who files a case, and who works on it."""

    ELECTED = "elected", _("Élu·e")
    WORKS_COUNCIL = "cse", _("CSE ou syndicat")
    WORKER = "worker", _("Salarié·e")
    ADMINISTRATOR = "administrator", _("Administrateur ou mandataire judiciaire")
    ADVISER = "adviser", _("Conseil d’un repreneur")
    OTHER = "other", _("Autre")


class CaseMember(models.Model):
    """A person of the case team: sees the leads, prepares broadcasts, writes updates."""

    case = models.ForeignKey("campaigns.Case", models.CASCADE, related_name="members", verbose_name=_("dossier"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("personne"))
    role = models.CharField(_("rôle"), max_length=16, choices=FilerRole)
    joined_at = models.DateTimeField(_("membre depuis le"), auto_now_add=True)

    class Meta:
        verbose_name = _("membre de l’équipe")
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="member_once_per_case")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
