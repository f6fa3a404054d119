"""The moderators' forms: what a decision needs, and the case's text with the database's rules said in words."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from campaigns import facts, holding, milestones, moderation
from campaigns.forms.fact import not_in_future, past_day, why_not
from campaigns.forms.fields import WebAddress, WholeNumber, WholeText, clean_siren
from campaigns.models import CONFIDENTIAL_STAGES, Case, CaseStatus, Fact, FactKind, Milestone, Outcome
from campaigns.updates import TEXTS


class DecisionForm(forms.Form):
    """`case`: what is decided on, for the rules that look at it."""

    def __init__(self, *args, case: Case | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.case = case


class NoWordsForm(DecisionForm):
    """A decision that needs nothing said."""


class ReasonForm(DecisionForm):
    reason = forms.CharField(
        label=_("Motif"), max_length=3000, widget=WholeText(attrs={"rows": 4}),
        error_messages={"required": _("Écrivez le motif : sans lui, la décision ne part pas.")},
    )  # fmt: skip


def words_were_read() -> forms.BooleanField:
    return forms.BooleanField(
        label=_(
            "J’ai relu les mots d’une procédure confidentielle : ils sont déjà publics, ou nécessaires à la réponse"
        ),
        error_messages={"required": _("Relisez ces mots, puis cochez la case : sans elle, rien n’est publié.")},
    )


class ReadWordsForm(forms.Form):
    read = words_were_read()


class PublishForm(DecisionForm):
    """Nothing to say, unless a text names a confidential procedure: then that it was read."""

    words_read = words_were_read()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.case is None or not moderation.confidential_words(self.case):
            del self.fields["words_read"]

    def clean(self) -> dict:
        super().clean()
        return {}  # the decision itself takes no words


class ShortReasonForm(ReasonForm):
    """A reason that a column of 400 characters can hold."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].validators.append(MaxLengthValidator(400))


class OutcomeForm(DecisionForm):
    outcome = forms.ChoiceField(
        label=_("Issue"), choices=[("", _("Choisissez")), *Outcome.choices],
        error_messages={"required": _("Choisissez l’issue du dossier.")},
    )  # fmt: skip
    jobs_saved = WholeNumber(
        label=_("Emplois repris"), min_value=0, max_value=500_000, required=False, help_text=_("Vide : inconnu.")
    )
    jobs_lost = WholeNumber(
        label=_("Emplois perdus"), min_value=0, max_value=500_000, required=False, help_text=_("Vide : inconnu.")
    )
    judged_on = past_day(_("Date du jugement"))
    source_label = forms.CharField(
        label=_("Qui le dit ? Le jugement d’abord"), max_length=120, required=False,
        help_text=_("Par exemple : jugement du tribunal de commerce de Brive, 13/11/2015."),
    )  # fmt: skip
    source_url = WebAddress(label=_("Lien vers le jugement ou l’article"))
    note = forms.CharField(
        label=_("Précisions, publiées"), max_length=3000, required=False, widget=WholeText(attrs={"rows": 3})
    )
    words_read = words_were_read()

    def __init__(self, *args, **kwargs):
        """Whoever closes is a moderator: nobody else reads the words of a confidential procedure for them."""
        super().__init__(*args, **kwargs)
        if not holding.words_in(*(self.data.get(name, "") for name in ("note", "source_label", "source_url"))):
            del self.fields["words_read"]

    def clean_judged_on(self):
        return not_in_future(self.cleaned_data["judged_on"])

    def clean(self) -> dict:
        given = super().clean()
        saved, lost, outcome = given.get("jobs_saved"), given.get("jobs_lost"), given.get("outcome")
        said = saved is not None or lost is not None or given.get("judged_on") or given.get("source_url")
        if said and not given.get("source_label") and "source_label" not in self.errors:
            self.add_error("source_label", _("Un chiffre a une source, une date et un lien aussi : dites laquelle."))
        if outcome == Outcome.SAVED and lost:
            self.add_error(
                "outcome",
                _("Des emplois sont perdus : choisissez « Partiellement sauvegardés », ou corrigez le chiffre."),
            )
        if outcome == Outcome.LOST and saved:
            self.add_error(
                "outcome",
                _("Des emplois sont repris : choisissez « Partiellement sauvegardés », ou corrigez le chiffre."),
            )
        self._compare_with_the_threat(saved, lost, given.get("note", ""))
        return given

    def _compare_with_the_threat(self, saved: int | None, lost: int | None, note: str) -> None:
        """More jobs than anybody said were threatened is a slip of the hand, or a story to tell."""
        threatened = facts.most_threatened(self.case) if self.case else None
        counted = (saved or 0) + (lost or 0)
        if threatened is None or counted <= threatened or note.strip() or "note" in self.errors:
            return
        self.add_error(
            "jobs_lost" if lost else "jobs_saved",
            _(
                "Emplois repris et perdus font %(counted)s, et le plus grand chiffre d’emplois menacés du dossier est "
                "%(threatened)s : corrigez le chiffre faux ou, si tous sont justes, expliquez l’écart dans « Précisions, "
                "publiées »."
            )
            % {"counted": counted, "threatened": f"{threatened:.0f}"},
        )


class CaseForm(forms.ModelForm):
    correction = forms.CharField(
        label=_("Si un texte publié change : pourquoi"), max_length=240, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("Le public lira ce motif, et pourra lire la version d’avant."),
    )  # fmt: skip

    class Meta:
        model = Case
        fields = (  # no status: decisions move it, never a form
            "company_name", "siren", "commune", "address", "sector", "naf_code", "stage", "court", "practitioner",
            "summary", "story", "needs", "hashtag",
        )  # fmt: skip

    def clean_siren(self) -> str:
        return clean_siren(self.cleaned_data["siren"])

    def clean(self) -> dict:
        given = super().clean()
        status = self.instance.status
        if status in (CaseStatus.PUBLISHED, CaseStatus.CLOSED) and given.get("stage") in CONFIDENTIAL_STAGES:
            self.add_error("stage", _("Cette étape est confidentielle : suspendez d’abord le dossier."))
        if status in (CaseStatus.PUBLISHED, CaseStatus.HELD):
            for name in ("company_name", "commune", "stage"):
                if name in self.fields and name not in self.errors and not given.get(name):
                    self.add_error(name, _("Un dossier publié ne peut pas s’en passer."))
        if self.corrects and not given.get("correction", "").strip():
            self.add_error("correction", _("Ce texte a été publié : dites pourquoi il change."))
        return given

    @property
    def corrects(self) -> dict[str, str]:
        """The published texts that this form changes, as they were."""
        changed = set(TEXTS) & set(self.changed_data) if self.instance.published_at else set()
        return {name: self.initial[name] for name in changed}


class MilestoneForm(forms.ModelForm):
    reason = forms.CharField(
        label=_("Si la date change : pourquoi"), max_length=240, required=False,
        widget=UnfoldAdminTextInputWidget,
    )  # fmt: skip

    class Meta:
        model = Milestone
        fields = ("kind", "at", "authority", "confidence", "source_label", "source_url", "note")

    @property
    def moves(self) -> bool:
        """The date of a milestone that people have seen changes: that is a postponement."""
        return bool(self.instance.pk and self.instance.case.published_at and "at" in self.changed_data)

    def as_it_was(self) -> Milestone:
        """The row put back as it was, for a postponement to change it and keep what it said."""
        for name in set(self.changed_data) & {"at", *milestones.SAID}:
            setattr(self.instance, name, self.initial[name])
        return self.instance

    def clean(self) -> dict:
        given = super().clean()
        if self.moves and not given.get("reason", "").strip():
            self.add_error("reason", _("Cette date a été publiée : dites pourquoi elle change."))
        return given


class FactForm(forms.ModelForm):
    class Meta:
        model = Fact
        fields = ("kind", "value", "text", "on", "giver", "condition", "source_label", "source_url", "is_headline")

    def clean_on(self) -> date | None:
        return not_in_future(self.cleaned_data["on"])

    def clean(self) -> dict:
        """The team's rules, said at their fields: the desk's rows show no error of their own. The unit follows the kind."""
        given = super().clean()
        kind, value = given.get("kind", ""), given.get("value")
        if value is None and not given.get("text") and "value" not in self.errors:
            self.add_error("value", _("Donnez un chiffre, ou dites le fait en mots."))
        if kind != FactKind.PUBLIC_SUPPORT and (given.get("giver") or given.get("condition")):
            self.add_error("giver", _("Seule une aide publique a un donateur et une condition : videz-les."))
        if value is not None and (why := why_not(kind, value)):
            self.add_error("value", why)
        if value is None and given.get("is_headline") and "value" not in self.errors:
            self.add_error(
                "is_headline", _("Sans chiffre, le titre et les publications n’auraient rien à dire : décochez.")
            )
        self.instance.unit = facts.UNITS.get(kind, "")
        return given

    def _get_validation_exclusions(self) -> set:
        # One headline a kind is checked over the whole set: another row of it may be giving the place up.
        return super()._get_validation_exclusions() | {"is_headline"}


class FactFormSet(BaseInlineFormSet):
    def clean(self) -> None:
        super().clean()
        ahead = [
            form.cleaned_data.get("kind") for form in self.forms if hasattr(form, "cleaned_data") and _stays_ahead(form)
        ]
        if len(ahead) != len(set(ahead)):
            raise ValidationError(_("Un seul chiffre mis en avant par fait : décochez l’autre."))

    def save(self, commit: bool = True):
        """The rows that give up being ahead do so first: the database allows one at a time."""
        leaving = [form.instance.pk for form in self.initial_forms if not _stays_ahead(form)]
        Fact.objects.filter(pk__in=leaving, is_headline=True).update(is_headline=False)
        return super().save(commit)


def _stays_ahead(form: forms.Form) -> bool:
    return bool(form.cleaned_data.get("is_headline") and not form.cleaned_data.get("DELETE"))
