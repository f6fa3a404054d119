"""One row per thing to post: the row is the queue, and its state says all that is known of it."""

import uuid
from collections.abc import Iterable

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.models import Case, ShortLink
from influencers.models.account import Network, NetworkAccount
from influencers.models.broadcast import Broadcast, Stop
from influencers.models.pledge import Pledge


class PostKind(models.TextChoices):
    CANONICAL = "canonical", _("publication de la campagne")
    OWN_WORDS = "own_words", _("mots de l’influenceur")
    REPOST = "repost", _("repost")


class Delivery(models.TextChoices):
    API = "api", _("par l’API")
    TAP = "tap", _("en un geste, par la personne")


class PostState(models.TextChoices):
    SCHEDULED = "scheduled", _("programmée")
    CLAIMED = "claimed", _("prise en charge")
    SENDING = "sending", _("en cours d’envoi")
    PUBLISHED = "published", _("publiée")
    OFFERED = "offered", _("proposée à la personne")
    UNCONFIRMED = "unconfirmed", _("à vérifier")
    FAILED = "failed", _("en échec")
    CANCELLED = "cancelled", _("annulée")
    EXPIRED = "expired", _("non partie à temps")


# What may become of a post in each state. `claimed` has sent nothing yet, so a dead worker's claims go back to wait;
# `sending` may have landed, so they go to be looked up. A post that waits again may turn out to be published: its
# first request had landed after all. So may one that expired: its person tells, when nobody had seen it.
S = PostState
TRANSITIONS: dict[str, set[str]] = {
    S.SCHEDULED: {S.CLAIMED, S.OFFERED, S.PUBLISHED, S.FAILED, S.CANCELLED, S.EXPIRED},
    S.CLAIMED: {S.SENDING, S.SCHEDULED, S.PUBLISHED, S.FAILED, S.CANCELLED, S.EXPIRED},
    S.SENDING: {S.PUBLISHED, S.UNCONFIRMED, S.SCHEDULED, S.FAILED, S.CANCELLED},
    S.UNCONFIRMED: {S.PUBLISHED, S.SCHEDULED, S.FAILED, S.CANCELLED, S.EXPIRED},
    S.OFFERED: {S.PUBLISHED, S.CANCELLED, S.EXPIRED},
    S.PUBLISHED: set(),
    S.FAILED: set(),
    S.CANCELLED: set(),
    S.EXPIRED: {S.PUBLISHED},
}
OPEN_STATES = [S.SCHEDULED, S.CLAIMED, S.SENDING, S.UNCONFIRMED, S.OFFERED]  # something is still ahead of these
NOT_SENT_STATES = [S.SCHEDULED, S.CLAIMED, S.OFFERED]  # no request of ours has left, or none is on its way
LEASED_STATES = [S.CLAIMED, S.SENDING]


class Evidence(models.TextChoices):
    """How we know that a post is on its network."""

    ANSWER = "answer", _("le réseau l’a dit en la recevant")
    LOOKUP = "lookup", _("retrouvée sur le réseau")
    OWNER = "owner", _("la personne l’a dit")


class Failure(models.TextChoices):
    """Why a post failed or was cancelled; each has words that its owner can act on."""

    REJECTED = "rejected", _("le réseau a refusé ce texte")
    DUPLICATE = "duplicate", _("le réseau y voit une copie d’une publication récente")
    AUTH = "auth", _("le compte est à reconnecter")
    SCOPE = "scope", _("le compte n’a pas donné le droit de publier")
    LOCKED = "locked", _("le compte est verrouillé ou suspendu")
    TARGET = "target", _("la publication à reposter n’existe plus")
    WITHDRAWN = "withdrawn", _("l’engagement a été retiré")
    STOPPED = "stopped", _("la diffusion a été arrêtée")
    CASE_CLOSED = "case_closed", _("le dossier n’est plus public")


class PostQuerySet(models.QuerySet):
    def due(self, now) -> "PostQuerySet":
        """Posts whose instant has come and whose target, if they carry one, is published."""
        live_canonical = Post.objects.filter(
            broadcast=OuterRef("broadcast"),
            network=OuterRef("network"),
            kind=PostKind.CANONICAL,
            state=PostState.PUBLISHED,
        )
        return self.filter(state=PostState.SCHEDULED, due_at__lte=now).filter(
            ~Q(kind=PostKind.REPOST) | Exists(live_canonical)
        )

    def move_to(self, state: str, *, only_from: Iterable[str] = (), **values) -> int:
        """The one way in which a post changes its state: those of the set whose present state allows it, and no other.

        Whoever else moved a post first wins; the number of those moved tells. `failure` and `detail` are emptied
        unless they are given, and so is the hold that a worker had; a doubt is dated from its first instant.
        """
        sources = [source for source, nexts in TRANSITIONS.items() if state in nexts]
        if only_from:
            sources = [source for source in sources if source in only_from]
        kept: dict = {} if state in LEASED_STATES else {"lease_until": None, "claim": None}
        if state == PostState.UNCONFIRMED:
            kept["doubtful_since"] = Now()
        return self.filter(state__in=sources).update(state=state, **kept | {"failure": "", "detail": ""} | values)


class Post(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # also the idempotency key
    broadcast = models.ForeignKey(Broadcast, models.CASCADE, related_name="posts", verbose_name=_("diffusion"))
    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    pledge = models.ForeignKey(
        Pledge, models.CASCADE, null=True, blank=True, related_name="posts", verbose_name=_("engagement")
    )
    account = models.ForeignKey(NetworkAccount, models.CASCADE, related_name="posts", verbose_name=_("compte"))
    network = models.CharField(_("réseau"), max_length=10, choices=Network)
    kind = models.CharField(_("nature"), max_length=10, choices=PostKind)
    delivery = models.CharField(_("publiée comment"), max_length=4, choices=Delivery)
    text = models.TextField(_("texte exact"), blank=True)  # empty for a repost
    link = models.OneToOneField(
        ShortLink, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lien court")
    )
    state = models.CharField(_("état"), max_length=12, choices=PostState, default=PostState.SCHEDULED)
    failure = models.CharField(_("cause"), max_length=12, choices=Failure, blank=True)
    detail = models.CharField(_("réponse du réseau"), max_length=500, blank=True)
    due_at = models.DateTimeField(_("à publier le"))
    lease_until = models.DateTimeField(
        _("envoi réservé jusqu’au"), null=True, blank=True
    )  # while claimed or sending: after this the worker is presumed dead
    claim = models.UUIDField(_("prise en charge"), null=True, blank=True, editable=False)  # the worker's batch
    attempts = models.PositiveSmallIntegerField(_("envois tentés"), default=0)
    first_sent_at = models.DateTimeField(_("premier envoi"), null=True, blank=True)  # names a Bluesky record
    lookups = models.PositiveSmallIntegerField(_("vérifications"), default=0)  # since its outcome became unknown
    doubtful_since = models.DateTimeField(_("à vérifier depuis le"), null=True, blank=True)
    doubt_told_at = models.DateTimeField(_("vérification demandée le"), null=True, blank=True)
    evidence = models.CharField(_("comment nous le savons"), max_length=8, choices=Evidence, blank=True)
    remote_id = models.CharField(
        _("identifiant sur le réseau"), max_length=255, blank=True
    )  # on Bluesky an at:// address
    remote_url = models.URLField(_("adresse sur le réseau"), max_length=300, blank=True)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("supprimée du réseau le"), null=True, blank=True)

    # What the person was told by mail. Until `tell_from` a mail is on its way, or the last one did not leave.
    reminded_at = models.DateTimeField(_("lien envoyé le"), null=True, blank=True)
    told_slot = models.DateTimeField(_("créneau annoncé"), null=True, blank=True)
    told_times = models.PositiveSmallIntegerField(_("créneau annoncé (fois)"), default=0)
    tell_from = models.DateTimeField(_("à annoncer à partir du"), null=True, blank=True)

    # Of a published post its counters are read; one that was offered to its person is looked for on the network.
    next_read_at = models.DateTimeField(_("à relever le"), null=True, blank=True)
    read_at = models.DateTimeField(_("relevée le"), null=True, blank=True)
    impressions = models.PositiveBigIntegerField(_("vues"), null=True, blank=True)
    likes = models.PositiveIntegerField(_("mentions j’aime"), null=True, blank=True)
    reposts = models.PositiveIntegerField(_("reposts"), null=True, blank=True)
    replies = models.PositiveIntegerField(_("réponses"), null=True, blank=True)

    objects = PostQuerySet.as_manager()
    stopped_by: "Stop | None"  # see `stopping.explain`

    class Meta:
        verbose_name = _("publication")
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["broadcast", "account"], name="post_once_per_broadcast_and_account"),
            models.CheckConstraint(
                name="post_published_has_reference",
                condition=~Q(state="published")
                | Q(published_at__isnull=False) & (~Q(remote_id="") | Q(evidence="owner")),
            ),
            models.CheckConstraint(
                name="post_failed_says_why", condition=~Q(state__in=["failed", "cancelled"]) | ~Q(failure="")
            ),
            models.CheckConstraint(
                name="post_held_by_a_worker_has_lease",
                condition=Q(lease_until__isnull=False, claim__isnull=False) | ~Q(state__in=["claimed", "sending"]),
            ),
        ]
        indexes = [
            models.Index(fields=["network", "due_at", "id"], condition=Q(state="scheduled"), name="post_due"),
            models.Index(fields=["lease_until"], condition=Q(state__in=["claimed", "sending"]), name="post_lease"),
            models.Index(fields=["due_at"], condition=Q(state="unconfirmed"), name="post_to_look_up"),
            models.Index(fields=["next_read_at"], condition=Q(state="published"), name="post_next_read"),
            models.Index(fields=["next_read_at"], condition=Q(state="offered"), name="post_to_recognise"),
            models.Index(
                fields=["tell_from"], condition=Q(state="offered", reminded_at__isnull=True), name="post_to_remind"
            ),
            models.Index(fields=["due_at"], condition=Q(state="scheduled", delivery="tap"), name="post_slot_to_tell"),
            models.Index(
                fields=["told_slot"],
                condition=Q(state="cancelled", told_slot__isnull=False),
                name="post_slot_to_take_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_state_display()}"

    @property
    def shown_text(self) -> str:
        """What the network shows: the post's own words or, of a repost, the campaign's; reads `broadcast`."""
        return self.text or Pledge.shown(self.broadcast.canonical_text)

    def canonical(self) -> "Post | None":
        """The campaign's published post that a repost of this broadcast carries: the first, where there are several."""
        published = Post.objects.filter(
            broadcast=self.broadcast_id, network=self.network, kind=PostKind.CANONICAL, state=PostState.PUBLISHED
        )
        return published.order_by("published_at", "pk").first()


class PostMetric(models.Model):
    """Append-only: the public counters of a post at one reading. None means that the network did not say."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="metrics", verbose_name=_("publication"))
    at = models.DateTimeField(_("le"))
    impressions = models.PositiveBigIntegerField(_("vues"), null=True)
    likes = models.PositiveIntegerField(_("mentions j’aime"), null=True)
    reposts = models.PositiveIntegerField(_("reposts"), null=True)
    replies = models.PositiveIntegerField(_("réponses"), null=True)

    class Meta:
        verbose_name = _("relevé d’une publication")
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["post", "at"], name="metric_once_per_reading")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.at}"
