from django import forms

from campaigns.models import CaseUpdate


class UpdateForm(forms.ModelForm):
    class Meta:
        model = CaseUpdate
        fields = ["title", "body", "source_url"]
        widgets = {"body": forms.Textarea(attrs={"rows": 6})}
