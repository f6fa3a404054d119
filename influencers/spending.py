def reserve(posts, now):
    return {post.pk for post in posts}


def refund(post_ids, now):
    pass
