"""The doors of filing. The secret in the address is the key: these pages are neither indexed nor referred from."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import confirming, filing, moderation, officials, questions, typed
from campaigns.forms.filing import FORMS, AddressForm, AnswerForm, initial_of
from campaigns.models import Case
from campaigns.views.access import by_secret_link, private
from i4emploi_site.lib import codes
from i4emploi_site.lib.limits import too_many
from i4emploi_site.lib.vault import keyed_digest
from i4emploi_site.lib.visitors import address_of

PAGES = {
    1: "campaigns/filing/site.html",
    2: "campaigns/filing/deadline.html",
    3: "campaigns/filing/procedure.html",
    4: "campaigns/filing/story.html",
    5: "campaigns/filing/filer.html",
}
BROWSER = "i4-dossier"  # the cookie of the browser that files: with an old link, and only with it, it finds the new one
MOST_MOVES = 10  # of one link
NEVER_KEPT = {"filer_name", "filer_email", "pseudonym", "speaker"}  # of what was refused


@private
@require_http_methods(["GET", "HEAD", "POST"])
def filing_begin(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "campaigns/filing/begin.html")
    if too_many("drafts", address_of(request), filing.DRAFTS_AN_HOUR):
        messages.error(request, _("Trop de dossiers commencés depuis votre adresse : réessayez dans une heure."))
        return render(request, "campaigns/filing/begin.html", status=429)
    _case, secret = filing.begin()
    return _known(request, redirect("filing_step", secret, 1))


@by_secret_link
@require_safe
def filing_resume(request: HttpRequest, secret: str) -> HttpResponse:
    """The link without its step: where the filer stopped."""
    case = filing.by_secret(secret)
    return redirect("filing_step", secret, case.filing_step) if case else unknown(request, secret)


@by_secret_link
@require_http_methods(["GET", "HEAD", "POST"])
def filing_step(request: HttpRequest, secret: str, step: int) -> HttpResponse:
    case = filing.by_secret(secret)
    if case is None or not 1 <= step <= filing.REVIEW:
        return unknown(request, secret)
    if case.status not in filing.EDITABLE:
        return redirect("filing_done", secret)
    if step == filing.REVIEW:
        return _review(request, case, secret)
    said = request.POST if request.method == "POST" else typed.read(case.pk, step)
    form = FORMS[step](said, initial=initial_of(case, step), case=case)
    if request.method == "POST":
        going_back = request.POST.get("go") == "back" and step > 1
        valid = form.is_valid()
        try:
            if valid or step != filing.STEPS:  # who files is kept whole or not at all; elsewhere, what is right is kept
                secret = filing.save(case, step, form.cleaned_data, secret, _following(request, secret))
        except filing.NotEditable:
            return redirect("filing_done", secret)
        _keep_typed(case, step, form)
        if valid and not going_back:
            filing.reached(case, step + 1)
        if valid or going_back:
            return redirect("filing_step", secret, step - 1 if going_back else _after(case, step))
    status = 400 if request.method == "POST" else 200
    return _known(request, render(request, PAGES[step], _context(case, secret, step, form=form), status=status))


def _after(case: Case, step: int) -> int:
    """The next step; the review at once when nothing that is needed is missing, so when an answer was only mended."""
    return step + 1 if filing.missing(case) else filing.REVIEW


def _keep_typed(case: Case, step: int, form: Form) -> None:
    """For whoever went back: under a pseudonym nothing, lest what is rounded in the case stay exact beside it."""
    if case.pseudonymous or form.data.get("pseudonymous"):
        return typed.forget(case.pk, *FORMS)
    if form.is_valid() or not form.has_changed():  # a step left untouched opens clean again
        return typed.forget(case.pk, step)
    said = {name: value for name, value in form.data.items() if name in form.fields.keys() - NEVER_KEPT}
    return typed.keep(case.pk, step, said)


def _review(request: HttpRequest, case: Case, secret: str) -> HttpResponse:
    question = questions.asked(case)
    said = request.POST if request.method == "POST" else None
    answer = AnswerForm(said, initial={"answer": question.answer}) if question else None
    if request.method == "POST":
        answered = answer is None or answer.is_valid()
        if answer and answered:
            questions.answer(case, answer.cleaned_data["answer"])
        go = request.POST.get("go")
        if go == "back":
            return redirect("filing_step", secret, filing.STEPS)
        if go == "answer" and answered:
            return _answer_kept(request, secret)
        try:
            if answered and go != "answer":
                filing.submit(case, secret, request.POST.getlist("let_stand"))
                typed.forget(case.pk, *FORMS)
                return redirect("filing_done", secret)
        except filing.NotEditable:  # the page says why, each with its way to mend it
            case.refresh_from_db()
    status = 400 if request.method == "POST" else 200
    context = _context(
        case,
        secret,
        filing.REVIEW,
        form=answer,
        missing=filing.missing(case),
        **_to_reword(case, request.POST.getlist("let_stand")),
        words=moderation.confidential_words(case),
        refused=request.method == "POST",
    )
    return render(request, "campaigns/filing/review.html", context, status=status)


def _to_reword(case: Case, let_stand: list[str]) -> dict:
    """What stops the case, and what its filer may let stand, with whether they just said so."""
    found = filing.to_reword(case)
    return {
        "to_reword": [item for item in found if not item.key],
        "to_read_again": [(item, item.stands(let_stand)) for item in found if item.key],
    }


def _answer_kept(request: HttpRequest, secret: str) -> HttpResponse:
    if request.headers.get("HX-Request"):  # kept while it is being written
        return HttpResponse(status=204)
    messages.success(request, _("Votre réponse est gardée ; la modération la lira avec le dossier."))
    return redirect("filing_step", secret, filing.REVIEW)


def _context(case: Case, secret: str, step: int, **more) -> dict:
    return {
        "case": case,
        "secret": secret,
        "town_hall_sees": officials.mailbox_shown(case),
        "town_hall_check": officials.current_check(case),
        "step": step,
        "steps": filing.STEPS,
        "fact": filing.filed_fact(case),
        "milestone": filing.filed_milestone(case),
        "asked": questions.asked(case),
        **more,
    }


@by_secret_link
@require_http_methods(["GET", "HEAD", "POST"])
def filing_done(request: HttpRequest, secret: str) -> HttpResponse:
    """Where the case is now; its buttons send the confirmation link again, or to another address."""
    case = filing.by_secret(secret)
    if case is None:
        return unknown(request, secret)
    if case.status in filing.EDITABLE:
        return redirect("filing_step", secret, filing.REVIEW)
    correcting = request.method == "POST" and request.POST.get("go") == "correct"
    form = AddressForm(request.POST if correcting else None)
    if request.method == "POST" and (not correcting or form.is_valid()):
        if correcting:
            secret = _correct(request, case, form.cleaned_data["filer_email"], secret)
        else:
            _send_again(request, case, secret)
        return redirect("filing_done", secret)
    context = {
        "case": case,
        "secret": secret,
        "town_hall_sees": officials.mailbox_shown(case),
        "town_hall_check": officials.current_check(case),
        "last": case.transitions.last(),
        "form": form,
    }
    return _known(request, render(request, "campaigns/filing/done.html", context, status=400 if form.errors else 200))


def _correct(request: HttpRequest, case: Case, email: str, secret: str) -> str:
    """Under a pseudonym no message names the mailbox: it would stay in the browser. How many mails one had is not said."""
    corrected = confirming.correct(case, email, secret, _following(request, secret))
    shown = {"email": _("votre adresse") if case.pseudonymous else email}
    if case.filer_email_confirmed_at:
        messages.error(request, _("Votre adresse est déjà confirmée : elle ne change plus."))
    elif not corrected.is_taken:
        messages.error(request, _("Le message n’est pas reparti : réessayez dans une heure."))
    elif corrected.is_changed:
        messages.success(request, _("Adresse corrigée : le message part vers %(email)s. L’ancien lien ne fonctionne plus. Rien dans l’heure ? Renvoyez-le d’ici.") % shown)  # fmt: skip
    else:
        messages.success(request, _("C’est déjà l’adresse du dossier : le message repart vers %(email)s, s’il n’est pas déjà parti plusieurs fois cette heure-ci.") % shown)  # fmt: skip
    return corrected.secret


def _send_again(request: HttpRequest, case: Case, secret: str) -> None:
    if case.filer_email_confirmed_at:
        messages.info(request, _("Votre adresse est déjà confirmée."))
        return
    confirming.send(case, secret)
    messages.success(request, _("Le message repart, s’il n’est pas déjà parti plusieurs fois cette heure-ci. Regardez aussi dans les indésirables."))  # fmt: skip


@private
@require_http_methods(["GET", "HEAD", "POST"])
def filing_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing (mail scanners open links); the button confirms."""
    try:
        if request.method != "POST":
            case = confirming.case_of(token)
            page = "confirmed" if case.filer_email_confirmed_at else "confirm"
            return render(request, f"campaigns/filing/{page}.html", {"case": case, "again": True})
        confirmed = confirming.confirm(token)
    except confirming.LinkDead:
        return render(request, "campaigns/filing/confirm_gone.html", status=410)
    user = confirmed.user
    # The link proves the mailbox, once: it opens no moderator's session and changes nobody's.
    if user and user.is_active and not user.is_staff and not request.user.is_authenticated:
        login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    own = reverse("filing_done", args=[confirmed.secret]) if filing.by_secret(confirmed.secret) else ""
    context = {"case": confirmed.case, "own": own, "again": not confirmed.is_first}
    return render(request, "campaigns/filing/confirmed.html", context)


def _known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The browser that may change the link is known before it does, for its other tabs and a second press."""
    if BROWSER not in request.COOKIES:
        path, secure = reverse("filing_begin"), settings.SESSION_COOKIE_SECURE
        response.set_cookie(BROWSER, codes.secret(), path=path, secure=secure, httponly=True, samesite="Lax")
    return response


def _following(request: HttpRequest, secret: str) -> str:
    """The secret that replaces `secret` when this browser changes the link: whoever lacks its cookie cannot guess it."""
    key = request.COOKIES.get(BROWSER)
    return keyed_digest(f"{BROWSER} {key} {secret}") if key else codes.secret()


def unknown(request: HttpRequest, secret: str) -> HttpResponse:
    now = secret
    for _move in range(MOST_MOVES if BROWSER in request.COOKIES else 0):
        now = _following(request, now)
        if filing.by_secret(now):
            address = request.get_full_path().replace(f"/{secret}/", f"/{now}/", 1)
            return redirect(address, preserve_request=True)
    return render(request, "campaigns/filing/unknown.html", status=404)
