"""Messages of those who want to help a job seeker: forwarded to a mailbox that they never see."""

from collections.abc import Mapping
from uuid import UUID

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from campaigns import job_requests
from campaigns.models import JobRequest
from i4emploi_site.lib.limits import too_many

HELP_AN_HOUR = 10  # from one internet address
HELPED_AN_HOUR = 20  # to one seeker
ONCE_SECONDS = 7 * 24 * 3600


def forward(code: str, given: Mapping[str, str], submission_key: UUID, address: str) -> None:
    """Once per key; the sender's mailbox is in the answer address and kept nowhere. Raises job_requests.NotPossible."""
    request = JobRequest.objects.public(timezone.now()).filter(code=code).first()
    if request is None or not request.email:
        raise job_requests.NotPossible(_("Cette demande n’est plus publiée."))
    used = f"job_help:{request.pk}:{submission_key}"
    if _used(used):
        return
    if too_many("job_help", address, HELP_AN_HOUR) or too_many("job_helped", code, HELPED_AN_HOUR):
        _free(used)
        raise job_requests.NotPossible(_("Trop de messages en peu de temps : réessayez dans une heure."))
    words = {"name": given["name"], "message": given["message"]}
    if not job_requests.write(request, "help", given["email"], **words):
        _free(used)
        raise job_requests.NotPossible(_("Le message n’est pas parti : réessayez dans un instant."))


def _used(key: str) -> bool:
    """Takes the key. Without Valkey nobody is held back."""
    try:
        return not cache.add(key, 1, ONCE_SECONDS)
    except RedisError:
        return False


def _free(key: str) -> None:
    try:
        cache.delete(key)
    except RedisError:
        return
