"""The queue by court clock; the case as the public will read it beside its evidence; decisions on their own forms."""

from functools import partial

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline, TabularInline

from campaigns import milestones, moderation, proposals, questions, suggesting, updates
from campaigns.admin import desk
from campaigns.admin.identity import identity_view
from campaigns.admin.sturdy import SturdyAdmin
from campaigns.admin.town_hall import town_hall_view
from campaigns.forms.decision import CaseForm, FactForm, FactFormSet, MilestoneForm
from campaigns.models import ActorContact, Case, CaseStatus, CaseTransition, Fact, Milestone
from i4emploi_site.lib import times

PILES = {
    "asked": (_("Précisions demandées"), [CaseStatus.CHANGES_ASKED]),
    "published": (_("Publiés"), [CaseStatus.PUBLISHED]),
    "held": (_("Suspendus"), [CaseStatus.HELD]),
    "ended": (_("Clos ou refusés"), [CaseStatus.CLOSED, CaseStatus.REJECTED]),
}


class PileFilter(admin.SimpleListFilter):
    """Shows what waits for a moderator unless asked otherwise."""

    title = _("pile")
    parameter_name = "pile"

    def lookups(self, request, model_admin):
        return [*((name, label) for name, (label, _statuses) in PILES.items()), ("all", _("Tous"))]

    def choices(self, changelist):
        choices = list(super().choices(changelist))
        yield {**choices[0], "display": _("À vérifier")}
        yield from choices[1:]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        statuses = PILES[self.value()][1] if self.value() in PILES else [CaseStatus.SUBMITTED]
        return queryset.filter(status__in=statuses)


class FactInline(StackedInline):
    """A fact that should never have been written is deleted here, and here only."""

    model, form, formset, extra = Fact, FactForm, FactFormSet, 0


class MilestoneInline(StackedInline):
    model, form, extra = Milestone, MilestoneForm, 0
    fields = ("kind", "at", "reason", "authority", "confidence", "source_label", "source_url", "note")
    can_delete = False


class ContactInline(StackedInline):
    """Where a name that slipped in is taken out of what the public reads."""

    model, extra, can_delete = ActorContact, 0, False
    fields = ("actor", "precision", "told_by", "told_on", "answer", "answered_on")


class TransitionInline(TabularInline):
    model, extra, can_delete = CaseTransition, 0, False
    fields = readonly_fields = ("at", "from_status", "to_status", "by", "reason", "answer_sent")

    @admin.display(description=_("réponse du déclarant"))
    def answer_sent(self, step) -> str:
        return questions.sent_answer(step)

    def has_add_permission(self, request, obj=None) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Case)
class CaseAdmin(SturdyAdmin):
    form = CaseForm
    when_empty = _("Ici viendront les dossiers déposés, le plus pressé en premier.")
    list_display = (
        "name",
        "place_shown",
        "stage_shown",
        "filer",
        "status",
        "time_left",
        "waiting_since",
        "warnings_count",
    )
    list_filter = (PileFilter,)
    search_fields = ("company_name", "siren", "slug", "commune__search_name")
    list_per_page = 50
    list_select_related = ("commune",)
    autocomplete_fields = ("commune",)
    inlines = (FactInline, MilestoneInline, ContactInline, TransitionInline)
    actions = None
    list_before_template = "admin/campaigns/case/piles.html"
    change_form_outer_before_template = "admin/campaigns/case/desk.html"
    fieldsets = (
        (_("Le site"), {"fields": ("company_name", "siren", "commune", "address", "sector", "naf_code")}),
        (_("La procédure"), {"fields": ("stage", "court", "practitioner")}),
        (_("Le texte"), {"fields": ("summary", "story", "needs", "hashtag", "correction")}),
    )

    class Media:
        js = [Script("js/desk.js", defer=True)]

    def get_queryset(self, request):
        known = super().get_queryset(request).prefetch_related("facts", "milestones").by_urgency(timezone.now())
        return (
            known if request.user.is_superuser else known.exclude(status=CaseStatus.DRAFT)
        )  # nobody's but the filer's

    @admin.display(description=_("entreprise"), ordering="company_name")
    def name(self, case) -> str:
        return str(case)

    @admin.display(description=_("lieu"), ordering="commune__name")
    def place_shown(self, case) -> str:
        return case.place or _("inconnu")

    @admin.display(description=_("étape"), ordering="stage")
    def stage_shown(self, case) -> str:
        stage = case.get_stage_display() or _("inconnue")
        secret = (
            format_html(' <strong class="desk-mark">{}</strong>', _("confidentiel")) if case.is_confidential else ""
        )
        return format_html("{}{}", stage, secret)

    @admin.display(description=_("déclarant"), ordering="filer_role")
    def filer(self, case) -> str:
        return desk.who_filed(case)

    @admin.display(description=_("il reste"), ordering="next_at")
    def time_left(self, case) -> str:
        return times.time_left(case.next_at, timezone.now()) if case.next_at else _("sans échéance")

    @admin.display(description=_("attend depuis"), ordering="submitted_at")
    def waiting_since(self, case) -> str:
        waits = case.status == CaseStatus.SUBMITTED and case.submitted_at
        return times.time_left(timezone.now(), case.submitted_at) if waits else ""

    @admin.display(description=_("à relire"))
    def warnings_count(self, case) -> int:
        return len(moderation.warnings(case))

    def get_view_on_site_url(self, obj=None) -> str | None:
        return obj.get_absolute_url() if obj and obj.is_public else None

    def has_add_permission(self, request) -> bool:
        return False  # cases are filed

    def has_delete_permission(self, request, obj=None) -> bool:
        return request.user.is_superuser

    def get_urls(self):
        decide = self.admin_site.admin_view(self.decide_view)
        identity = self.admin_site.admin_view(partial(identity_view, self))
        town_hall = self.admin_site.admin_view(partial(town_hall_view, self))
        return [
            path("<int:pk>/decider/<slug:decision>/", decide, name="campaigns_case_decide"),
            path("<int:pk>/identite/", identity, name="campaigns_case_identity"),
            path("<int:pk>/mairie/", town_hall, name="campaigns_case_town_hall"),
            *super().get_urls(),
        ]

    def changelist_view(self, request, extra_context=None):
        asked = request.GET.get(PileFilter.parameter_name, "")
        piles = [
            ("", _("À vérifier")),
            *((name, label) for name, (label, _statuses) in PILES.items()),
            ("all", _("Tous")),
        ]
        return super().changelist_view(request, {**(extra_context or {}), "piles": piles, "pile_asked": asked})

    def render_change_form(self, request, context, *args, **kwargs):
        if case := kwargs.get("obj"):
            may = self.has_change_permission(request, case)
            context |= {"desk": desk.of(case), "may_decide": may, "title": case.company_name}
        return super().render_change_form(request, context, *args, **kwargs)

    def decide_view(self, request: HttpRequest, pk: int, decision: str) -> HttpResponse:
        case = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, case):
            raise PermissionDenied
        if decision not in desk.DECISIONS or request.method != "POST":
            return redirect("admin:campaigns_case_change", pk)
        form = desk.DECISIONS[decision].form(request.POST, auto_id=f"{decision}_%s", case=case)
        if not form.is_valid():
            messages.error(request, _("La décision n’est pas partie : il y manque quelque chose, plus bas."))
            form[next(iter(form.errors))].field.widget.attrs["autofocus"] = True
            context = {
                **self.admin_site.each_context(request), "opts": self.model._meta, "title": case.company_name,
                "desk": desk.of(case, {decision: form}), "original": case, "may_decide": True, "media": self.media,
            }  # fmt: skip
            return TemplateResponse(request, "admin/campaigns/case/decide.html", context, status=400)
        try:
            read = request.POST.get("read")
            messages.success(request, desk.decide(decision, case, request.user, form.cleaned_data, read))
        except moderation.NotAllowed as refusal:
            messages.error(request, str(refusal))
        return redirect("admin:campaigns_case_change", pk)

    def save_model(self, request, obj, form, change) -> None:
        """Only what the form shows is written: a decision taken meanwhile is not undone."""
        if before := form.corrects:
            updates.keep_version(obj, request.user, form.cleaned_data["correction"], before)
        obj.version = F("version") + 1
        if "stage" in form.changed_data:
            changes = Case(stage=form.initial["stage"], published_at=obj.published_at).with_stage(obj.stage)
            Case.objects.filter(pk=obj.pk).update(**changes)
        if "siren" in form.changed_data:
            proposals.withdraw_gazettes(obj)
        columns = [name for name in form.changed_data if name != "correction"]
        obj.save(update_fields=[*columns, "version", "updated_at"])
        obj.refresh_from_db(fields=["version"])

    def save_related(self, request, form, formsets, change) -> None:
        super().save_related(request, form, formsets, change)
        suggesting.refresh(form.instance, timezone.now())  # what rested on what was changed

    def save_formset(self, request, form, formset, change) -> None:
        rows = formset.initial_forms if formset.model is Milestone else []
        moved = [(row.as_it_was(), row.cleaned_data) for row in rows if row.moves]
        super().save_formset(request, form, formset, change)
        for milestone, said in moved:
            words = {name: said[name] for name in milestones.SAID}
            try:
                milestones.postpone(milestone, said["at"], request.user, said["reason"], **words)
            except milestones.NotPossible as refusal:
                messages.error(request, str(refusal))
