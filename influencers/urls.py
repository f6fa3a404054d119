from django.urls import path

from influencers.views import accounts, broadcasts, influencers, pledges, posts

urlpatterns = [
    path("s-engager/", influencers.join, name="join"),
    path("engages/", influencers.engaged, name="engaged"),
    path("moi/", influencers.me, name="me"),
    path("moi/comptes/<int:pk>/deconnecter/", accounts.disconnect, name="disconnect"),
    path("moi/comptes/<slug:network>/", accounts.connect, name="connect"),
    path("moi/comptes/<slug:network>/retour/", accounts.connect_callback, name="connect_callback"),
    path("moi/engagement/", pledges.pledge_wide, name="pledge_wide"),
    path("moi/engagement/apercu/", pledges.pledge_preview, name="pledge_preview"),
    path("moi/engagements/<int:pk>/", pledges.pledge_detail, name="pledge_detail"),
    path("moi/engagements/<int:pk>/retirer/", pledges.pledge_withdraw, name="pledge_withdraw"),
    path("dossiers/<slug:slug>/engagement/", pledges.pledge_new, name="pledge_new"),
    path("dossiers/<slug:slug>/equipe/diffusion/", broadcasts.broadcast_new, name="broadcast_new"),
    path("dossiers/<slug:slug>/equipe/reserve/", broadcasts.reserve_new, name="reserve_new"),
    path("diffusions/<int:pk>/", broadcasts.broadcast_detail, name="broadcast_detail"),
    path("diffusions/<int:pk>/programmer/", broadcasts.broadcast_schedule, name="broadcast_schedule"),
    path("diffusions/<int:pk>/arreter/", broadcasts.broadcast_stop, name="broadcast_stop"),
    path("publier/<uuid:pk>/", posts.post_tap, name="post_tap"),
]
