"""Deleting from its network what a person published here, once they took their consent back.

X wants it done within a day of the asking (developer agreement); here it is done at once, or why not is said.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from influencers import accounts
from influencers.models import AccountState, Post, PostState
from influencers.networks import base


class NotDeleted(Exception):
    """The post is still there; the message says why, and what the person can do."""


def can_delete(post: Post) -> bool:
    return post.state == PostState.PUBLISHED and not post.deleted_at and bool(post.remote_id)


def delete(post: Post, now: datetime) -> bool:
    """Gone from the network, and read no more; the figures keep what had been read. False if that was done before.

    Raises NotDeleted.
    """
    if not can_delete(post):
        return False
    if post.account.state != AccountState.CONNECTED:
        raise NotDeleted(
            _("Ce compte n’est plus connecté : reconnectez-le, ou supprimez la publication sur le réseau.")
        )
    adapter = accounts.adapter_for(post.network, post.account.base_url)
    try:
        try:
            adapter.delete(accounts.fresh_credentials(post.account), post.remote_id)
        except base.AuthExpired:
            adapter.delete(accounts.fresh_credentials(post.account, force=True), post.remote_id)
    except base.TargetGone:
        pass  # deleted there by hand: what was wanted
    except base.NetworkError as error:
        raise NotDeleted(_why(error)) from error
    gone = Post.objects.filter(pk=post.pk, deleted_at__isnull=True)
    return bool(gone.update(deleted_at=now, next_read_at=None))


def _why(error: base.NetworkError) -> str:
    if isinstance(error, base.AuthRevoked | base.AuthExpired):
        return _("Le réseau n’accepte plus notre accès : reconnectez le compte, ou supprimez la publication là-bas.")
    if isinstance(error, base.ScopeMissing):
        return _("Le compte n’a pas donné le droit de supprimer : supprimez la publication sur le réseau.")
    if isinstance(error, base.AccountLocked):
        return _("Le réseau dit que ce compte est verrouillé ou suspendu : la publication n’a pas pu être supprimée.")
    if isinstance(error, base.RateLimited):
        return _("Le réseau reçoit trop de demandes. Réessayez dans quelques minutes.")
    if isinstance(error, base.Transient):
        return _("Le réseau ne répond pas : la publication est toujours là. Réessayez dans un instant.")
    return _("Le réseau a refusé de supprimer la publication : supprimez-la là-bas.")
