from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("campaigns.urls")),
    path("", include("influencers.urls")),
    path("api/", include("i4emploi_site.api")),
    path("compte/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
