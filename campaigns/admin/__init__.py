"""The moderators' desk."""

from campaigns.admin import case, people

__all__ = ["case", "people"]
