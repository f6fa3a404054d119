"""The moderators' desk."""

from campaigns.admin import case, gazette, held, job_requests, link, people, place, replies, update

__all__ = ["case", "gazette", "held", "job_requests", "link", "people", "place", "replies", "update"]
