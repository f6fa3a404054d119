import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.forms.fields import WholeText, needs_words
from campaigns.models import Reply, ReplyKind


class ReplyForm(forms.ModelForm):
    submission_key = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Reply
        fields = ["kind", "passage", "text", "organisation", "name", "email"]
        widgets = {
            "kind": forms.RadioSelect,
            "passage": WholeText(attrs={"rows": 2}),
            "text": WholeText(attrs={"rows": 7}),
            "organisation": forms.TextInput(attrs={"autocomplete": "organization"}),
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }
        labels = {"text": _("Ce que vous voulez dire"), "name": _("Votre nom")}
        help_texts = {
            "passage": _("Recopiez les mots de la page, ou dites où ils se trouvent."),
            "text": _("Pour un droit de réponse : le texte exact à publier. Pour une erreur : ce qui est juste, et d’où vous le savez."),
            "organisation": _("Publiée avec un droit de réponse. Sans elle, c’est votre nom qui l’est."),
            "email": _("Jamais publiée : la modération vous y répond."),
        }  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = uuid.uuid4
        self.fields["kind"].choices = ReplyKind.choices  # type: ignore[attr-defined]
        self.fields["name"].validators.append(needs_words(1))
        self.fields["text"].validators.append(needs_words(2))
