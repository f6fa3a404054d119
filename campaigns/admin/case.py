"""The queue by court clock; the case as the public will see it, beside its evidence; decisions that say their effect."""

from django.contrib import admin, messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from campaigns import moderation
from campaigns.forms.decision import DecisionForm
from campaigns.models import Case, CaseStatus, CaseTransition, CaseUpdate, Fact, Milestone
from i4emploi_site.lib import times

# decision: (label that says its effect, the statuses in which it is offered)
DECISIONS = {
    "publish": (_("Publier : visible de tous, tout de suite"), [CaseStatus.SUBMITTED]),
    "ask_changes": (_("Demander des précisions : le déclarant reçoit le motif"), [CaseStatus.SUBMITTED]),
    "reject": (_("Refuser : le déclarant reçoit le motif"), [CaseStatus.SUBMITTED, CaseStatus.CHANGES_ASKED]),
    "hold": (_("Suspendre : la page disparaît, plus rien n’est publié"), [CaseStatus.PUBLISHED]),
    "resume": (_("Republier"), [CaseStatus.HELD]),
    "close": (_("Clore avec l’issue choisie"), [CaseStatus.PUBLISHED, CaseStatus.HELD]),
}


class WaitingFilter(admin.SimpleListFilter):
    title = _("file")
    parameter_name = "file"

    def lookups(self, request, model_admin):
        return [("all", _("Tous les dossiers")), ("public", _("Publiés")), ("drafts", _("Brouillons"))]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("À vérifier"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        match self.value():
            case None:
                return queryset.filter(status=CaseStatus.SUBMITTED)
            case "public":
                return queryset.filter(status__in=[CaseStatus.PUBLISHED, CaseStatus.HELD, CaseStatus.CLOSED])
            case "drafts":
                return queryset.filter(status__in=[CaseStatus.DRAFT, CaseStatus.CHANGES_ASKED])
        return queryset


class FactInline(TabularInline):
    model = Fact
    extra = 0


class MilestoneInline(TabularInline):
    model = Milestone
    extra = 0


class TransitionInline(TabularInline):
    model = CaseTransition
    extra = 0
    readonly_fields = ["from_status", "to_status", "by", "at", "reason"]
    can_delete = False

    def has_add_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(ModelAdmin):
    list_display = ["company_name", "place", "status", "time_left", "waiting_since", "to_read_twice"]
    list_filter = [WaitingFilter]
    search_fields = ["company_name", "siren", "slug"]
    inlines = [FactInline, MilestoneInline, TransitionInline]
    readonly_fields = ["desk", "status", "outcome", "filer_email", "filer_name", "filer_role"]
    fieldsets = [
        (None, {"fields": ["desk"]}),
        (_("Texte public"), {"classes": ["collapse"], "fields": ["company_name", "siren", "stage", "court", "practitioner", "sector", "naf_code", "summary", "story", "needs", "hashtag"]}),
    ]  # fmt: skip
    list_per_page = 50

    def get_queryset(self, request):
        queued = super().get_queryset(request).select_related("commune").with_next_milestone(timezone.now())
        return queued.order_by(F("next_at").asc(nulls_last=True), "submitted_at")

    def get_ordering(self, request):
        return []  # the court clock orders the queue; a click on a column still may

    @admin.display(description=_("il reste"), ordering="next_at")
    def time_left(self, case) -> str:
        return times.time_left(case.next_at, timezone.now()) if case.next_at else "—"

    @admin.display(description=_("attend depuis"), ordering="submitted_at")
    def waiting_since(self, case) -> str:
        if case.status != CaseStatus.SUBMITTED or not case.submitted_at:
            return "—"
        return times.time_left(timezone.now(), case.submitted_at)

    @admin.display(description=_("à lire deux fois"))
    def to_read_twice(self, case) -> str:
        return "; ".join(moderation.warnings(case)) or "—"

    @admin.display(description=_("Lieu"))
    def place(self, case) -> str:
        return case.place

    @admin.display(description="")
    def desk(self, case) -> str:
        url = reverse("admin:campaigns_case_desk", args=[case.pk])
        return format_html(
            '<a href="{}" class="font-semibold underline">{}</a>', url, _("Ouvrir : preuves et décision")
        )

    def get_urls(self):
        desk = self.admin_site.admin_view(self.desk_view)
        return [path("<int:pk>/desk/", desk, name="campaigns_case_desk"), *super().get_urls()]

    def desk_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        case = get_object_or_404(Case.objects.select_related("commune"), pk=pk)
        if not self.has_change_permission(request, case):
            return redirect("admin:index")
        form = DecisionForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return self._decide(request, case, form.cleaned_data)
        context = {
            **self.admin_site.each_context(request),
            "title": case.company_name,
            "case": case,
            "form": form,
            "warnings": moderation.warnings(case),
            "evidence": moderation.evidence(case),
            "milestones": [(m, times.long_date(m.at), times.time_left(m.at, timezone.now())) for m in case.milestones.all()],
            "facts": case.facts.all(),
            "transitions": case.transitions.select_related("by"),
            "decisions": [(name, label) for name, (label, when) in DECISIONS.items() if case.status in when],
            "opts": self.model._meta,
        }  # fmt: skip
        return TemplateResponse(request, "admin/campaigns/case/desk.html", context)

    def _decide(self, request: HttpRequest, case: Case, given: dict) -> HttpResponse:
        decision, by, reason = request.POST.get("decision", ""), request.user, given["reason"]
        try:
            match decision:
                case "publish" | "resume":
                    done = getattr(moderation, decision)(case, by)
                case "ask_changes" | "reject" | "hold":
                    done = getattr(moderation, decision)(case, by, reason)
                case "close":
                    done = moderation.close(case, by, given["outcome"], reason)
                case _:
                    done = False
        except moderation.NotAllowed as refusal:
            messages.error(request, str(refusal))
        else:
            if done:
                messages.success(request, _("C’est fait : %(status)s.") % {"status": case.get_status_display()})
            else:
                messages.info(request, _("Rien à faire : la décision était déjà prise."))
        return redirect("admin:campaigns_case_desk", case.pk)

    def has_delete_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request) -> bool:
        return False

    def save_formset(self, request, form, formset, change):
        """A date that moves on a case that people have seen is a postponement, and is kept as one."""
        if formset.model is Milestone and form.instance.published_at:
            for changed in formset.initial_forms:
                if "at" in changed.changed_data:
                    changed.instance.postponements.create(
                        from_at=changed.initial["at"], to_at=changed.cleaned_data["at"], by=request.user,
                        reason=changed.cleaned_data.get("note") or str(_("date corrigée par un modérateur")),
                    )  # fmt: skip
        super().save_formset(request, form, formset, change)


@admin.register(CaseUpdate)
class CaseUpdateAdmin(ModelAdmin):
    list_display = ["title", "case", "by", "at"]
