"""Connecting an account: out to the network and back (OAuth 2.0 authorization code, PKCE), or by an app password; and
disconnecting.
"""

import logging
import secrets
import time
from functools import partial
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from i4emploi_site.lib.vault import VaultClosed
from influencers import accounts, joining, pledging, spending
from influencers.forms.account import AppPasswordForm, InstanceForm
from influencers.models import Network, NetworkAccount
from influencers.networks import base

logger = logging.getLogger(__name__)

WAITING = "network_authorisation"  # session key; one authorisation at a time, the last one begun
PATIENCE_SECONDS = 15 * 60


@login_required
@never_cache
@sensitive_post_parameters("app_password")
def connect(request: HttpRequest, network: str) -> HttpResponse:
    campaign = _checked(request, network, request.GET.get("campagne") == "1")
    if not campaign and joining.of(request.user) is None:
        return redirect(f"{reverse('join')}?{urlencode({'next': request.get_full_path()})}")
    if network == Network.BLUESKY:
        return _connect_by_password(request, campaign)
    form = InstanceForm(request.POST or None) if network == Network.MASTODON else None
    if request.method == "POST" and (form is None or form.is_valid()):
        base_url = form.cleaned_data["base_url"] if form else accounts.base_url_of(network)
        try:
            return _leave(request, network, base_url, campaign)
        except (base.NetworkError, VaultClosed) as error:
            messages.error(request, _why(error))
    return _page(
        request,
        network,
        campaign,
        form,
        ready=network != Network.X or bool(settings.X_CLIENT_ID),
        by_tap=network == Network.X and not settings.X_PLEDGES_BY_API and not campaign,
    )


def _page(
    request: HttpRequest, network: str, campaign: bool, form: Form | None, status: int = 200, **more: bool
) -> HttpResponse:
    context = {"network": Network(network), "form": form, "campaign": campaign, **more}
    return render(request, "influencers/accounts/connect.html", context, status=status)


def _connect_by_password(request: HttpRequest, campaign: bool) -> HttpResponse:
    form = AppPasswordForm(request.POST or None)
    page = partial(_page, request, Network.BLUESKY, campaign, form, ready=True, by_password=True)
    if request.method != "POST" or not form.is_valid():
        return page(status=400 if form.errors else 200)
    given = form.cleaned_data
    if accounts.too_many_sign_ins(str(request.user.pk), given["identifier"]):
        form.add_error(None, _("Trop d’essais : réessayez dans une heure."))
        return page(status=429)
    influencer = None if campaign else joining.of(request.user)
    try:
        account = accounts.sign_in(influencer, given["service"], given["identifier"], given["app_password"])
    except base.AuthRevoked:
        refusal = _(
            "Bluesky ne reconnaît pas cette adresse avec ce mot de passe d’application. Vérifiez-les tous deux."
        )
        form.add_error("app_password", refusal)
        return page(status=400)
    except (base.NetworkError, VaultClosed) as error:
        form.add_error(None, _why(error))
        return page(status=503)
    except accounts.TakenAccount as error:
        form.add_error("identifier", str(error))
        return page(status=409)
    return _connected(request, account, _safe_next(request))


def _connected(request: HttpRequest, account: NetworkAccount, after: str) -> HttpResponse:
    messages.success(request, _("%(handle)s est connecté.") % {"handle": account.handle})
    return redirect(after or "me")


def _checked(request: HttpRequest, network: str, campaign: bool) -> bool:
    if network not in Network.values or (campaign and not request.user.is_staff):
        raise Http404
    return campaign


def _leave(request: HttpRequest, network: str, base_url: str, campaign: bool) -> HttpResponse:
    back = accounts.redirect_uri(network)
    app = accounts.app_to_leave_with(network, base_url, back)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    request.session[WAITING] = {
        "state": state,
        "verifier": verifier,
        "network": network,
        "base_url": base_url,
        "campaign": campaign,
        "begun": int(time.time()),
        "next": _safe_next(request),
    }
    return redirect(accounts.adapter_for(network, base_url).authorize_url(app, back, state, verifier))


def _safe_next(request: HttpRequest) -> str:
    after = request.GET.get("next", "")
    return after if url_has_allowed_host_and_scheme(after, {request.get_host()}, request.is_secure()) else ""


@login_required
@require_safe
def connect_callback(request: HttpRequest, network: str) -> HttpResponse:
    waiting = request.session.pop(WAITING, None)  # one use, whatever comes of it
    _checked(request, network, bool(waiting and waiting["campaign"]))
    retry = reverse("connect", args=[network]) + ("?campagne=1" if waiting and waiting["campaign"] else "")
    if not _expected(waiting, network, request.GET.get("state", "")):
        messages.error(request, _("Cette autorisation a expiré ou a déjà servi. Recommencez, cela prend un instant."))
        return redirect(retry)
    if request.GET.get("error") or not request.GET.get("code"):
        messages.error(
            request, _("Le compte n’a pas été connecté : l’accès a été refusé. Rien n’est enregistré ni publié.")
        )
        return redirect(retry)
    try:
        account = _arrive(request, waiting, request.GET["code"])
    except (base.NetworkError, VaultClosed) as error:
        messages.error(request, _why(error))
        return redirect(retry)
    except accounts.TakenAccount as error:
        messages.error(request, str(error))
        return redirect(retry)
    return _connected(request, account, waiting["next"])


def _expected(waiting: dict | None, network: str, state: str) -> bool:
    return bool(
        waiting
        and waiting["network"] == network
        and constant_time_compare(waiting["state"], state)
        and time.time() - waiting["begun"] < PATIENCE_SECONDS
    )


def _arrive(request: HttpRequest, waiting: dict, code: str) -> NetworkAccount:
    network, base_url = waiting["network"], waiting["base_url"]
    credentials = accounts.exchange(network, base_url, accounts.redirect_uri(network), code, waiting["verifier"])
    profile = accounts.adapter_for(network, base_url).me(credentials)
    spending.record_profile_read(network, base_url, profile.remote_id, timezone.now())
    influencer = None if waiting["campaign"] else joining.of(request.user)
    if influencer is None and not waiting["campaign"]:
        raise Http404
    return accounts.connect(influencer, network, base_url, credentials, profile)


@login_required
@require_POST
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(NetworkAccount, pk=pk, influencer__user=request.user)
    pledging.disconnect(account, timezone.now())
    messages.success(
        request, _("%(handle)s est déconnecté et ses engagements sont retirés.") % {"handle": account.handle}
    )
    return redirect("me")


def _why(error: base.NetworkError | VaultClosed) -> str:
    if isinstance(error, VaultClosed):
        logger.error("An account could not be connected: %s", error)
        return _(
            "Un réglage manque de notre côté : ce compte ne peut pas être connecté en ce moment. Rien n’est enregistré."
        )
    if isinstance(error, base.AuthRevoked | base.AuthExpired):
        return _("Le réseau n’a pas accepté l’autorisation : elle a expiré ou a déjà servi. Recommencez.")
    if isinstance(error, base.AppUnknown):
        return _("Cette instance ne reconnaît plus notre application. Recommencez : nous nous y inscrivons à nouveau.")
    if isinstance(error, base.RateLimited):
        return _("Le réseau reçoit trop de demandes. Réessayez dans quelques minutes.")
    if isinstance(error, base.ScopeMissing):
        return _("Le réseau n’a pas donné le droit de publier. Recommencez en acceptant toutes les autorisations.")
    if isinstance(error, base.AccountLocked):
        return _("Le réseau dit que ce compte est verrouillé ou suspendu.")
    return _("Le réseau ne répond pas. Rien n’est enregistré : réessayez dans un instant.")
