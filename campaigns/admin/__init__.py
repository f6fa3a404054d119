"""The moderators' desk."""

from campaigns.admin import case, gazette, held, link, people, place, replies, update

__all__ = ["case", "gazette", "held", "link", "people", "place", "replies", "update"]
