from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns import following_up
from campaigns.forms.follow_up import FollowUpForm
from campaigns.views.access import private


@private
@require_http_methods(["GET", "HEAD", "POST"])
def follow_up(request: HttpRequest, token: str) -> HttpResponse:
    """The mailed question; opening it answers nothing."""
    try:
        asked = following_up.of_token(token)
        form = FollowUpForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            following_up.answer(token, said["jobs"], said["source_label"], said["source_url"])
            return redirect("follow_up", token)
    except following_up.LinkDead:
        return render(request, "campaigns/follow_up/gone.html", status=410)
    except following_up.NotPossible as refusal:
        form.add_error("source_label", str(refusal))
    context = {"asked": asked, "case": asked.case, "form": form}
    return render(request, "campaigns/follow_up/ask.html", context, status=400 if form.errors else 200)
