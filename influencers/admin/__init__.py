from influencers.admin import account, broadcast, influencer, post

__all__ = ["account", "broadcast", "influencer", "post"]
