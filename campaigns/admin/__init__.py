"""The moderators' desk."""

from campaigns.admin import case, held, link, people, place, update

__all__ = ["case", "held", "link", "people", "place", "update"]
