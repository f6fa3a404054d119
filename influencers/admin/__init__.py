from influencers.admin import account, broadcast, influencer, post, spend

__all__ = ["account", "broadcast", "influencer", "post", "spend"]
