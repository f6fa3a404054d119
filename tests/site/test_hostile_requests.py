"""Requests that no browser sends: refused calmly, never a 500."""

import pytest
from django.urls import reverse

from campaigns.links.codes import kept_link, make_link
from campaigns.models import Click, ClickKind, LinkKind, User
from tests.cast import make_case

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
