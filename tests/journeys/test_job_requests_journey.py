"""Odile asks for a job, a moderator publishes it, somebody helps, and she ends it, in a real browser."""

import pytest
from django.core import mail

from campaigns import job_requests
from campaigns.models import JobRequest
from tests.campaigns.job_scene import link_in
from tests.cast import make_moderator
from tests.journeys.test_accessibility import check, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_job_request_from_its_first_word_to_its_end(page):
    page.goto("/emploi/demander/")
    assert violations(page) == []
    page.fill("[name=occupation]", "Conductrice de ligne")
    page.fill("[name=commune]", "Meymac")
    page.fill("[name=summary]", "Conductrice de ligne papier cherche un poste autour de Meymac.")
    page.fill("[name=shown_name]", "Odile")
    page.fill("[name=email]", "odile@exemple.example")
    page.check("main form [type=checkbox]")
    page.click("main form button.main")
    page.wait_for_url("**/envoye/")
    page.goto(link_in(mail.outbox[-1]))
    page.click("button[value=confirm]")
    page.wait_for_selector("text=Une personne va la relire")
    request = JobRequest.objects.get()
    assert request.state == "waiting"
    job_requests.publish(request, make_moderator())
    mine = link_in(mail.outbox[-1])
    check(page, ["/emploi/", f"/emploi/{request.code}/", mine])
    page.goto(f"/emploi/{request.code}/")
    page.fill("[name=name]", "Bruno Recruteur")
    page.fill("main form[action='#aider'] [name=email]", "bruno@exemple.example")
    page.fill("[name=message]", "Nous cherchons une conductrice de ligne à Ussel, appelez-moi.")
    page.click("main form[action='#aider'] button")
    page.wait_for_selector("text=votre message est parti")
    assert mail.outbox[-1].to == ["odile@exemple.example"]
    page.goto(mine)
    page.context.clear_cookies()  # the secret of the link is enough
    page.click("button[value=found]")
    page.wait_for_selector("text=Vous avez trouvé")
    assert JobRequest.objects.get().state == "found"
