"""The public page of a case: what it is, how long is left, what one can do, how it goes, how we know."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns import facts, figures, job_requests, replies
from campaigns.buyers import pipeline
from campaigns.models import Case, CaseFigures, CaseStatus, FactKind, FigurePoint, LineKind, Outcome
from i4emploi_site.lib.times import PARIS
from i4emploi_site.pages.chart import line_chart
from influencers.models import Pledge

WALL = 60
JOB_REQUESTS = 30
HOURS_IN_TABLE = timedelta(hours=36)  # beyond, the table says one row a day


@require_safe
def case(request: HttpRequest, slug: str) -> HttpResponse:
    shown = get_object_or_404(Case.objects.public().select_related("commune"), slug=slug)
    groups, supports = facts.by_kind(shown.facts.prefetch_related("versions"))
    context = {
        **court_clock(shown),
        **live_figures(shown),
        "facts": groups,
        "jobs": shown.headline(FactKind.JOBS_THREATENED),
        "supports": supports,
        "supports_total": facts.known_total(supports),
        "contacts": shown.contacts.prefetch_related("versions"),
        "facts_taken_back": shown.text_versions.taken_back(LineKind.FACT, LineKind.SUPPORT),
        "contacts_taken_back": shown.text_versions.taken_back(LineKind.CONTACT),
        "updates": shown.updates.published().prefetch_related("versions", "photos")[:20],
        "versions": shown.text_versions.of_the_text(),
        "replies": replies.published(shown),
        **wall(shown),
        **job_requests_of(shown),
        "via": request.GET.get("via", "")[:26],
        "address": settings.SITE_URL + shown.get_absolute_url(),
    }
    return render(request, "site/case.html", context)


def job_requests_of(shown: Case) -> dict:
    """Where jobs were lost, those who look for one, and the way to say so."""
    seeking = shown.status == CaseStatus.CLOSED and shown.outcome in (Outcome.LOST, Outcome.PARTLY_SAVED)
    if not seeking:
        return {"seeking": False}
    published = job_requests.public(timezone.now()).filter(case=shown)
    return {"seeking": True, "job_requests": published.order_by("-published_at")[:JOB_REQUESTS]}


@require_safe
def case_live(request: HttpRequest, slug: str) -> HttpResponse:
    """The part that refreshes itself while it is watched."""
    shown = get_object_or_404(Case.objects.public(), slug=slug)
    return render(request, "site/case_live.html", live_figures(shown))


def court_clock(shown: Case) -> dict:
    now = timezone.now()
    milestones = list(shown.milestones.seen_by_the_public(shown).prefetch_related("postponements"))
    coming = [milestone for milestone in milestones if milestone.at > now and milestone.cancelled_at is None]
    return {
        "case": shown,
        "now": now,
        "saved": shown.headline(FactKind.JOBS_TAKEN_OVER) if shown.outcome else None,
        "lost": shown.headline(FactKind.JOBS_LOST) if shown.outcome else None,
        "milestones": milestones,
        "next": coming[0] if coming else None,
    }


def live_figures(shown: Case) -> dict:
    funnel = pipeline.funnel(shown)
    most = max([count for _label, count in funnel] or [0])
    series = figures.series(shown)
    events = [(update.at, update.title) for update in shown.updates.published().order_by("at")]
    known = figures.of(shown)
    return {
        "case": shown,
        "figures": known,
        "funnel": [(label, count, round(100 * count / most) if most else 0) for label, count in funnel],
        "series": table_rows(series),
        "clicks_chart": line_chart(clicks_over_time(shown, series, known.clicks), events),
        "views_chart": line_chart(views_over_time(series, known)),
    }


def clicks_over_time(shown: Case, series: Sequence[FigurePoint], clicks: int) -> list[tuple[datetime, int]]:
    """From nothing at publication, through what each full hour had reached, to the figure of this instant."""
    if not shown.published_at or not clicks:
        return [(point.hour, point.clicks) for point in series]
    now = timezone.now()
    full_hours = [(point.hour + timedelta(hours=1), point.clicks) for point in series]
    between = [(end, reached) for end, reached in full_hours if shown.published_at < end < now]
    return [(shown.published_at, 0), *between, (now, clicks)]


def views_over_time(series: Sequence[FigurePoint], known: CaseFigures) -> list[tuple[datetime, int | None]]:
    """What each full hour had reached, up to the figure of this instant, which the page shows beside."""
    now = timezone.now()
    full_hours = [(point.hour + timedelta(hours=1), point.delivered) for point in series]
    return [*((end, reached) for end, reached in full_hours if end < now), (now, known.delivered)]


def table_rows(series: Sequence[FigurePoint]) -> list[FigurePoint]:
    """The last point of each hour, or of each day in Paris when they span more than a table can say."""
    if not series or series[-1].hour - series[0].hour <= HOURS_IN_TABLE:
        return list(series)
    return [list(day)[-1] for _date, day in groupby(series, key=lambda point: point.hour.astimezone(PARIS).date())]


def wall(shown: Case) -> dict:
    """Those who pledged to this very case, as the figures count them, and chose to be listed; how many pledges to the
    whole region or sector cover it besides.
    """
    covering = Pledge.objects.covering(shown)
    own = covering.filter(case=shown, influencer__listed=True).select_related("influencer", "account")
    listed = list(own.order_by("consented_at")[: WALL + 1])
    return {
        "wall": listed[:WALL],
        "wall_goes_on": len(listed) > WALL,
        "wide_pledges": covering.filter(case__isnull=True).count() if shown.is_running else 0,
    }
