from django import forms

from influencers.models import CaseCap


class CapForm(forms.ModelForm):
    class Meta:
        model = CaseCap
        fields = ["case", "euros", "reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.pop("reason", None)  # another cap has another reason
