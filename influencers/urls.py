from django.urls import path

from influencers.views import accounts, broadcasts, influencers, pledges, posts, stops

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
    path("diffusions/<int:pk>/decaler/", broadcasts.broadcast_move, name="broadcast_move"),
    path("diffusions/<int:pk>/arreter/", broadcasts.broadcast_stop, name="broadcast_stop"),
    path("dossiers/<slug:slug>/equipe/diffusion/suspendre/", stops.case_stop, name="case_stop"),
    path("dossiers/<slug:slug>/equipe/diffusion/reprendre/", stops.case_resume, name="case_resume"),
    path("publier/<uuid:pk>/", posts.post_tap, name="post_tap"),
    path("publier/<uuid:pk>/creneau.ics", posts.post_slot, name="post_slot"),
    path("publications/<uuid:pk>/verifier/", posts.post_check, name="post_check"),
    path("publications/<uuid:pk>/arreter/", posts.post_stop, name="post_stop"),
    path("publications/<uuid:pk>/supprimer/", posts.post_delete, name="post_delete"),
]
