"""Signing up and signing in: doubles and guesses answered in words."""

from allauth.account.forms import SignupForm as AllauthSignupForm
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from unfold.forms import AuthenticationForm

from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.visitors import address_of

TRIES_AN_HOUR = 20  # from one address, and for one account


class SignupForm(AllauthSignupForm):
    def try_save(self, request):
        """Of two presses at once the second finds the account made: it is answered as for any known address."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            return super().try_save(request)


class DeskLoginForm(AuthenticationForm):
    """The admin's sign-in, with a bound on guesses; a code by e-mail remains to whoever is shut out by others'."""

    def clean(self) -> dict:
        by_address = too_many("desk-address", address_of(self.request), TRIES_AN_HOUR)
        by_account = too_many("desk-account", self.data.get("username", "").lower(), TRIES_AN_HOUR)
        if by_address or by_account:
            raise ValidationError(
                _("Trop d’essais : réessayez dans une heure, ou demandez un code par e-mail sur la page Se connecter.")
            )
        return super().clean()
