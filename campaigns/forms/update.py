from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns import documents
from campaigns.forms.fact import REASON
from campaigns.forms.fields import WebAddress, WholeText, needs_words
from campaigns.models import Case, CaseUpdate

MOST_PHOTOS = 3


class UpdateForm(forms.ModelForm):
    source_url = WebAddress(label=_("Lien"))

    class Meta:
        model = CaseUpdate
        fields = ["title", "body", "source_url"]
        widgets = {"body": WholeText(attrs={"rows": 6})}


class NewsForm(UpdateForm):
    """News with pictures; a picture comes with the words for those who do not see it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_PHOTOS + 1):
            accept = {"accept": "image/jpeg,image/png,image/webp"}
            self.fields[f"photo_{number}"] = forms.FileField(
                label=_("Photo %(number)s") % {"number": number}, required=False, allow_empty_file=True,
                widget=forms.FileInput(attrs=accept),
            )  # fmt: skip
            self.fields[f"description_{number}"] = forms.CharField(
                label=_("Ce que montre la photo %(number)s") % {"number": number}, max_length=200, required=False
            )

    @property
    def photo_fields(self) -> list:
        return [self[name] for name in self.fields if name.startswith(("photo_", "description_"))]

    @property
    def photo_errors(self) -> bool:
        return any(field.errors for field in self.photo_fields)

    def clean(self) -> dict:
        given = super().clean()
        for number in range(1, MOST_PHOTOS + 1):
            photo, words = given.get(f"photo_{number}"), given.get(f"description_{number}")
            if photo and not words:
                self.add_error(f"description_{number}", _("Dites ce qu’elle montre, pour ceux qui ne la voient pas."))
            elif photo and photo.size > documents.MOST_BYTES:
                self.add_error(f"photo_{number}", documents.WHY_REFUSED["too_big"])
            elif photo:
                self._clean_photo(number, photo.read())
        return given

    def _clean_photo(self, number: int, data: bytes) -> None:
        try:
            cleaned = documents.cleaned(data)
        except documents.NotPossible as refusal:
            self.add_error(f"photo_{number}", str(refusal))
            return
        if cleaned.width is None:
            self.add_error(f"photo_{number}", documents.WHY_REFUSED["unknown"])
        self.cleaned_data[f"photo_{number}"] = cleaned

    def said(self) -> dict:
        given = self.cleaned_data
        numbers = [number for number in range(1, MOST_PHOTOS + 1) if given.get(f"photo_{number}")]
        photos = [(given[f"photo_{number}"], given[f"description_{number}"]) for number in numbers]
        return {name: given[name] for name in ("title", "body", "source_url")} | {"photos": photos}


class CorrectionForm(UpdateForm):
    reason = forms.CharField(**REASON)


class WithdrawalForm(forms.Form):
    reason = forms.CharField(label=_("Pourquoi la retirer ?"), max_length=240)


class TakingBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Pourquoi la retirer ?"),
        max_length=240,
        help_text=_("Le public lira ce motif : n’y répétez pas le nom."),
    )


class TextForm(forms.ModelForm):
    """The texts of a published case, corrected by its team."""

    reason = forms.CharField(**REASON)

    class Meta:
        model = Case
        fields = ["summary", "story", "needs"]
        widgets = {
            "summary": WholeText(attrs={"rows": 2}),
            "story": WholeText(attrs={"rows": 9}),
            "needs": WholeText(attrs={"rows": 4}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("summary", "story"):
            self.fields[name].required = True
            self.fields[name].validators.append(needs_words(3))
