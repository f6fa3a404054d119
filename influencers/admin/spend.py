from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.admin.sturdy import ReadOnlyAdmin, SturdyAdmin
from influencers import spending
from influencers.forms.cap import CapForm
from influencers.models import Budget, CaseCap, Spend
from influencers.templatetags.money import euros, euros_left


@admin.register(Budget)
class BudgetAdmin(ReadOnlyAdmin):
    when_empty = gettext_lazy("Ici viendra ce que chaque dossier dépense, mois par mois.")
    list_display = ["whose", "month_shown", "spent", "left", "refused_at"]
    fields = ["whose", "month_shown", "spent", "left", "refused_at"]
    list_filter = [("refused_at", admin.EmptyFieldListFilter)]
    list_select_related = ["case"]
    search_fields = ["case__company_name"]
    date_hierarchy = "month"

    @admin.display(description=gettext_lazy("dossier"), ordering="case")
    def whose(self, budget: Budget) -> str:
        return str(budget.case) if budget.case else _("Tous les dossiers et la plateforme")

    @admin.display(description=gettext_lazy("mois"), ordering="month")
    def month_shown(self, budget: Budget) -> str:
        return formats.date_format(budget.month, "F Y")

    @admin.display(description=gettext_lazy("dépensé"), ordering="micro_euros")
    def spent(self, budget: Budget) -> str:
        return euros(budget.micro_euros)

    @admin.display(description=gettext_lazy("il reste"))
    def left(self, budget) -> str:
        cap = spending.cap_of(budget.case_id, budget.chosen_cap)
        left = euros_left(max(cap - budget.micro_euros, 0))
        return _("%(left)s sur %(cap)s") % {"left": left, "cap": euros(cap)}

    def get_queryset(self, request) -> QuerySet[Budget]:
        chosen = CaseCap.objects.filter(case=OuterRef("case")).values("euros")
        return super().get_queryset(request).annotate(chosen_cap=Subquery(chosen))


@admin.register(Spend)
class SpendAdmin(ReadOnlyAdmin):
    """The ledger, for the operator."""

    when_empty = gettext_lazy("Ici viendront les appels payants aux réseaux.")
    list_display = ["at", "network", "call", "units", "amount", "case", "refunded_at"]
    fields = ["at", "network", "call", "units", "amount", "case", "post", "refunded_at"]
    list_filter = ["network", "call", ("refunded_at", admin.EmptyFieldListFilter)]
    list_select_related = ["case"]
    search_fields = ["case__company_name"]
    date_hierarchy = "at"

    @admin.display(description=gettext_lazy("montant"), ordering="micro_euros")
    def amount(self, spend: Spend) -> str:
        return euros(spend.micro_euros)


@admin.register(CaseCap)
class CaseCapAdmin(SturdyAdmin):
    """Each change asks for its reason, and the history keeps all of them; a cap is not deleted, for the same reason."""

    when_empty = gettext_lazy("Ici viendront les dossiers qui ont un autre plafond que le plafond habituel.")
    form = CapForm
    list_display = ["case", "euros", "reason"]
    list_select_related = ["case"]
    search_fields = ["case__company_name"]
    autocomplete_fields = ["case"]

    def get_readonly_fields(self, request, obj=None) -> list[str]:
        return ["case"] if obj else []

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def construct_change_message(self, request, form, formsets, add=False) -> str:
        given = form.cleaned_data
        return _("%(euros)s € par mois : %(reason)s") % {"euros": given["euros"], "reason": given["reason"]}
