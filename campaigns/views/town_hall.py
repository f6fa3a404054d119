from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns import officials
from campaigns.views.access import private

ANSWERS = {"yes": True, "no": False}


@private
@require_http_methods(["GET", "HEAD", "POST"])
def town_hall_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link answers nothing (mail scanners open links); a button does."""
    try:
        if request.method == "POST" and (said := request.POST.get("answer")) in ANSWERS:
            officials.answer(token, ANSWERS[said])
            return redirect("town_hall_answer", token)
        check = officials.check_of(token)
        context = {"check": check, "mailbox": officials.masked(check.case.filer_email)}
        return render(request, "campaigns/town_hall/answer.html", context)
    except officials.LinkDead as dead:
        ended = isinstance(dead, officials.NoLongerAsked)
        return render(request, "campaigns/town_hall/gone.html", {"ended": ended}, status=410)
