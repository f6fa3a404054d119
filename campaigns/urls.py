from django.urls import path

from campaigns.views import leads, links

urlpatterns = [
    path("r/<slug:code>", links.follow_link, name="follow_link"),
    path("dossiers/<slug:slug>/repreneur/", leads.lead_new, name="lead_new"),
    path("dossiers/<slug:slug>/repreneur/merci/", leads.lead_thanks, name="lead_thanks"),
    path("dossiers/<slug:slug>/equipe/pistes/<int:pk>/", leads.lead_detail, name="lead_detail"),
]
