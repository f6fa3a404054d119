from django.contrib import admin
from django.urls import include, path
from django.views.i18n import set_language

from i4emploi_site.pages import case, dashboard, home, share

urlpatterns = [
    path("", home.home, name="home"),
    path("dossiers/<slug:slug>/", case.case, name="case"),
    path("dossiers/<slug:slug>/chiffres/", case.case_live, name="case_live"),
    path("dossiers/<slug:slug>/relayer/", share.share, name="share"),
    path("dossiers/<slug:slug>/equipe/", dashboard.dashboard, name="dashboard"),
    path("", include("campaigns.urls")),
    path("", include("influencers.urls")),
    path("api/", include("i4emploi_site.api")),
    path("langue/", set_language, name="set_language"),
    path("compte/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
