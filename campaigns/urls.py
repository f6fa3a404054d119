from django.urls import path

from campaigns.views import calendars, case_file, filing, leads, links, replies, suggestions, team, town_hall

urlpatterns = [
    path("deposer/", filing.filing_begin, name="filing_begin"),
    path("deposer/confirmer/<str:token>/", filing.filing_confirm, name="filing_confirm"),
    path("deposer/<str:secret>/envoye/", filing.filing_done, name="filing_done"),
    path("deposer/<str:secret>/<int:step>/", filing.filing_step, name="filing_step"),
    path("deposer/<str:secret>/", filing.filing_resume, name="filing_resume"),
    path("mairie/<str:token>/", town_hall.town_hall_answer, name="town_hall_answer"),
    path("dossiers/<slug:slug>/echeances.ics", calendars.case_calendar, name="case_calendar"),
    path("calendrier/<slug:departement>.ics", calendars.departement_calendar, name="departement_calendar"),
    path("communes/", suggestions.commune_search, name="commune_search"),
    path("activites/", suggestions.activity_search, name="activity_search"),
    path("r/<slug:code>", links.follow_link, name="follow_link"),
    path("dossiers/<slug:slug>/repreneur/", leads.lead_new, name="lead_new"),
    path("dossiers/<slug:slug>/repreneur/merci/", leads.lead_thanks, name="lead_thanks"),
    path("dossiers/<slug:slug>/repondre/", replies.reply_new, name="reply_new"),
    path("dossiers/<slug:slug>/repondre/merci/", replies.reply_thanks, name="reply_thanks"),
    path("dossiers/<slug:slug>/equipe/faits/", case_file.case_facts, name="case_facts"),
    path("dossiers/<slug:slug>/equipe/prevenus/", case_file.case_contacts, name="case_contacts"),
    path("dossiers/<slug:slug>/equipe/echeances/", case_file.case_milestones, name="case_milestones"),
    path("dossiers/<slug:slug>/equipe/propositions/<int:pk>/", case_file.case_proposal, name="case_proposal"),
    path("dossiers/<slug:slug>/equipe/membres/", team.team_members, name="team_members"),
    path("dossiers/<slug:slug>/equipe/membres/<int:pk>/retirer/", team.team_remove, name="team_remove"),
    path("dossiers/<slug:slug>/equipe/pistes/<int:pk>/", leads.lead_detail, name="lead_detail"),
]
