"""Requests that no browser sends: refused calmly, never a 500."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from campaigns.forms.account import TRIES_AN_HOUR
from campaigns.links.codes import kept_link, make_link
from campaigns.models import Click, ClickKind, LinkKind, User
from i4emploi_site.lib.plain_requests import readable_content_type
from tests.cast import make_case, make_moderator, make_user

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("query", "extra"),
    [
        ("?via=%00", {}),
        ("?departement=%00", {}),
        ("", {"CONTENT_TYPE": "text/plain; charset=hex"}),
        ("?via=%2B2AA-", {"CONTENT_TYPE": "text/plain; charset=utf-7"}),
        ("", {"HTTP_COOKIE": 'sessionid="\\000\\000aaaa"'}),
    ],
)
def test_odd_bytes_are_refused(client, query, extra):
    assert client.generic("GET", f"/{query}", **extra).status_code == 400


@pytest.mark.parametrize("limit", ["9" * 20, "9223372036854775807", "-1", "x"])
def test_the_api_bounds_what_it_gives(client, limit):
    answer = client.get(f"/api/cases/?limit={limit}")
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"HTTP_USER_AGENT": PHONE}, ClickKind.HUMAN),
        ({"HTTP_USER_AGENT": PHONE, "HTTP_SEC_FETCH_DEST": "document"}, ClickKind.HUMAN),
        ({"HTTP_USER_AGENT": PHONE, "HTTP_SEC_FETCH_DEST": "image"}, ClickKind.ROBOT),
        ({"HTTP_USER_AGENT": f"{PHONE} [LinkedInApp]/9.29"}, ClickKind.HUMAN),
        ({"HTTP_USER_AGENT": "LinkedInBot/1.0"}, ClickKind.ROBOT),
        ({"HTTP_USER_AGENT": "Akkoma 3.10"}, ClickKind.ROBOT),
        ({"HTTP_USER_AGENT": "Mozilla/5.0"}, ClickKind.ROBOT),
    ],
)
def test_only_a_person_who_goes_there_is_a_human_click(client, headers, kind):
    link = make_link(make_case(), LinkKind.POST)
    client.get(reverse("follow_link", args=[link.code]), **headers)
    assert Click.objects.get().kind == kind


def test_a_channel_keeps_one_share_link():
    case = make_case()
    assert kept_link(case, LinkKind.SHARE, "x") == kept_link(case, LinkKind.SHARE, "x")


@pytest.mark.parametrize("door", ["account_signup", "account_request_login_code"])
@pytest.mark.parametrize("address", ["ines@\u200b.example", f"ines@{'é' * 70}.example"])
def test_an_address_that_no_mail_can_reach_is_said_on_the_page(client, door, address):
    answer = client.post(reverse(door), {"email": address}, follow=True)
    text = answer.content.decode()
    assert "Le message n’est pas parti" in text or "aria-invalid" in text


def test_an_address_is_never_cut_short(client):
    answer = client.post(reverse("account_signup"), {"email": f"{'i' * 300}@a.example"})
    assert "trop longue" in answer.content.decode()
    assert not User.objects.exists()


def test_signing_up_while_mails_do_not_leave_says_so(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1  # nobody listens there
    answer = client.post(reverse("account_signup"), {"email": "ines@exemple.example"}, follow=True)
    assert answer.status_code == 200
    assert "Le message n’est pas parti" in answer.content.decode()


def test_the_admin_too_has_a_content_policy(client):
    public, admin = (client.get(path)["Content-Security-Policy"] for path in ("/", "/admin/login/"))
    assert "frame-ancestors 'none'" in public
    assert "frame-ancestors 'none'" in admin
    assert "'unsafe-eval'" in admin
    assert "'unsafe-eval'" not in public


@pytest.mark.parametrize("said", ["text/plain; a*=nope''x", "multipart/form-data; boundary*=foo''bar"])
def test_a_header_that_django_cannot_read_is_refused(said):
    answers = []
    body = readable_content_type(lambda *_: pytest.fail("Django was asked"))(
        {"CONTENT_TYPE": said}, lambda status, headers: answers.append(status)
    )
    assert answers == ["400 Bad Request"]
    assert b"".join(body) == b"400"


@pytest.mark.parametrize("door", ["account_login", "account_signup", "account_request_login_code", "account_logout"])
def test_a_next_address_that_is_none_leads_nowhere(client, door):
    for answer in (
        client.get(reverse(door), {"next": "http://[::1"}),
        client.post(reverse(door), {"next": "http://[::1", "email": "ines@exemple.example"}),
    ):
        assert answer.status_code < 500
        assert "[::1" not in answer.headers.get("Location", "")


@pytest.mark.django_db(transaction=True)
def test_one_address_that_signs_up_many_times_at_once_is_one_account():
    together = Barrier(8)

    def sign_up(_number) -> int:
        try:
            together.wait(10)
            return Client().post(reverse("account_signup"), {"email": "neuf@exemple.example"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(sign_up, range(8))) == {302}
    assert User.objects.count() == 1


def test_behind_a_proxy_each_address_has_its_own_tries(settings, client):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = settings.TRUSTED_PROXY = 1
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip", "signup": "3/m/ip"}
    form = {"email": "ines@exemple.example"}
    for number in range(6):
        answer = client.post(reverse("account_signup"), form, headers={"X-Forwarded-For": f"192.0.2.{number}"})
        assert answer.status_code != 429


def test_guessing_a_moderators_password_ends(client):
    moderator = make_moderator()
    moderator.set_password("karim-modere-les-tests")
    moderator.save()
    form = {"username": moderator.email, "password": "au hasard"}
    for number in range(TRIES_AN_HOUR):
        client.post("/admin/login/", form, headers={"X-Forwarded-For": f"192.0.2.{number}"})
    answer = client.post("/admin/login/?next=/admin/", form | {"password": "karim-modere-les-tests"})
    assert answer.status_code == 200
    assert "Trop d’essais" in answer.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "campaigns/case/?slug__regex=(",
        "campaigns/case/?created_at__year=0",
        "influencers/post/?remote_id__regex=(",
        "influencers/broadcast/?at__year=99999",
        "influencers/stop/add/?case=x",
    ],
)
def test_an_admin_address_that_nobodys_page_made_gives_the_list(client, address):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    answer = client.get(f"/admin/{address}", follow=True)
    assert answer.status_code == 200
    assert "ne se lit pas" in answer.content.decode()


def test_an_admin_form_of_nonsense_gives_the_list(client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    for form in ({"case": "x", "reason": "à revoir"}, {"action": "lift", "_selected_action": "x"}):
        where = "/admin/influencers/stop/" + ("" if "action" in form else "add/")
        assert client.post(where, form, follow=True).status_code == 200
