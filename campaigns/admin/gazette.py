"""What the gazette says, what it suggests, and the openings that the radar found."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from campaigns import proposals, radar
from campaigns.admin.deciding import DecidingAdmin, RowDecision
from campaigns.admin.sturdy import ReadOnlyAdmin
from campaigns.forms.decision import ReasonForm
from campaigns.models import DEPARTEMENTS, Notice, OpeningState, Proposal, ProposalState, RadarOpening


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    when_empty = _("Ici viendront les annonces du Bodacc sur les entreprises des dossiers, lues chaque jour.")
    list_display = ("published_on", "company_name", "nature", "kind", "departement", "cancelled")
    list_filter = ("kind",)
    search_fields = ("siren", "company_name", "bodacc_id")
    fields = (
        "bodacc_id", "kind", "published_on", "company_name", "siren", "city", "departement", "court", "nature",
        "judgment_on", "payments_ceased_on", "details", "url", "corrects", "superseded_by", "cancelled",
    )  # fmt: skip


@admin.register(Proposal)
class ProposalAdmin(DecidingAdmin):
    """Suggestions of the rules and of the gazette: none changes a case before a person accepts it."""

    when_empty = _("Ici viendront les étapes et les dates que le Bodacc ou la loi laissent prévoir, à confirmer.")
    list_display = ("why", "case", "kind", "origin", "state", "made_at")
    list_filter = ("state", "origin", "kind")
    list_select_related = ("case",)
    fields = (
        "case",
        "origin",
        "kind",
        "stage",
        "milestone_kind",
        "at",
        "article",
        "why",
        "evidence",
        "state",
        "reason",
    )
    open_states = (ProposalState.PENDING,)
    decisions = {
        "accepter": RowDecision(
            _("C’est exact : l’appliquer au dossier tout de suite"), _("La proposition est appliquée."),
            proposals.accept, (proposals.NotPossible,),
        ),
        "ecarter": RowDecision(
            _("Non : l’écarter, elle ne reviendra pas"), _("La proposition est écartée."),
            proposals.dismiss, (proposals.NotPossible,), ReasonForm, grave=True,
        ),
    }  # fmt: skip

    @admin.display(description=_("annonce"))
    def evidence(self, proposal) -> str:
        notice = proposal.notice
        return _link(notice.url, f"Bodacc {notice.bodacc_id}") if notice else ""


class DepartementFilter(admin.SimpleListFilter):
    title = _("département")
    parameter_name = "departement"

    def lookups(self, request, model_admin):
        found = set(RadarOpening.objects.values_list("notice__departement", flat=True))
        return [(code, f"{code} {name}") for code, (name, _region) in DEPARTEMENTS.items() if code in found]

    def queryset(self, request, queryset):
        return queryset.filter(notice__departement=self.value()) if self.value() else queryset


def _letter_sent(opening: RadarOpening, by) -> None:
    radar.decide(opening, OpeningState.LETTER_SENT, by)


def _set_aside(opening: RadarOpening, by) -> None:
    radar.decide(opening, OpeningState.DISMISSED, by)


@admin.register(RadarOpening)
class RadarAdmin(DecidingAdmin):
    """New openings above a headcount. A person reads the letter, sends it from their own mailbox, and notes it here."""

    when_empty = _("Ici viendront, chaque nuit, les procédures qui s’ouvrent dans des entreprises assez grandes.")
    list_display = ("company", "published_on", "departement", "commune", "headcount", "state")
    list_filter = ("state", DepartementFilter)
    search_fields = ("notice__company_name", "notice__siren")
    list_select_related = ("notice", "commune")
    fields = ("company", "published_on", "nature", "evidence", "commune", "headcount", "naf_code", "letter", "state")
    open_states = (OpeningState.NEW,)
    decisions = {
        "envoyee": RowDecision(
            _("La lettre est partie, de ma boîte : le noter"), _("C’est noté."), _letter_sent, (radar.NotPossible,)
        ),
        "ecarter": RowDecision(
            _("Écarter : ne plus la proposer"), _("L’ouverture est écartée."), _set_aside, (radar.NotPossible,), grave=True
        ),
    }  # fmt: skip

    @admin.display(description=_("entreprise"), ordering="notice__company_name")
    def company(self, opening) -> str:
        return opening.notice.company_name

    @admin.display(description=_("parue le"), ordering="notice__published_on")
    def published_on(self, opening):
        return opening.notice.published_on

    @admin.display(description=_("département"), ordering="notice__departement")
    def departement(self, opening) -> str:
        return opening.notice.departement

    @admin.display(description=_("nature du jugement"))
    def nature(self, opening) -> str:
        return opening.notice.nature

    @admin.display(description=_("annonce"))
    def evidence(self, opening) -> str:
        return _link(opening.notice.url, f"Bodacc {opening.notice.bodacc_id}")

    @admin.display(description=_("effectif"), ordering="headcount_low")
    def headcount(self, opening) -> str:
        if opening.headcount_low is None:
            return _("inconnu")
        if opening.headcount_high is None:
            return _("%(low)s ou plus") % {"low": opening.headcount_low}
        return _("de %(low)s à %(high)s") % {"low": opening.headcount_low, "high": opening.headcount_high}

    @admin.display(description=_("lettre prête à relire"))
    def letter(self, opening) -> str:
        try:
            return format_html('<div class="desk-letter">{}</div>', radar.letter(opening))
        except radar.NotPossible as refusal:
            return str(refusal)


def _link(url: str, words: str) -> str:
    """An address out of the gazette is followed only over https."""
    if not url.startswith("https://"):
        return words
    return format_html('<a href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', url, words)
