"""The moderators' desk."""

from campaigns.admin import case, link, people, place, update

__all__ = ["case", "link", "people", "place", "update"]
