"""The moderators' desk."""

from campaigns.admin import case, gazette, held, link, people, place, update

__all__ = ["case", "gazette", "held", "link", "people", "place", "update"]
