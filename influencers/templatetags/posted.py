"""A post as its network shows it."""

import re
from collections.abc import Iterable

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# What X and Mastodon turn into a link: an address, a hashtag that is no bare number, a mention.
LINKED = re.compile(
    r"https?://\S*[^\s.,;:!?)»”’'\"]|(?<![\w/&])#\w*[^\W\d_]\w*|(?<![\w/@.])@\w+(?:@[\w-]+(?:\.[\w-]+)+)?"
)


@register.filter
def as_posted(text: str, common: Iterable[tuple[int, int]] = ()) -> SafeString:
    """The text with what becomes a link told apart; `common` are the words to mark, as (start, end)."""
    pieces, done = [], 0
    for found in LINKED.finditer(text):
        pieces.append((_marked(text, done, found.start(), common),))
        pieces.append((format_html('<span class="linked">{}</span>', _marked(text, *found.span(), common)),))
        done = found.end()
    pieces.append((_marked(text, done, len(text), common),))
    return format_html_join("", "{}", pieces)


def _marked(text: str, start: int, end: int, common: Iterable[tuple[int, int]]) -> SafeString:
    pieces, done = [], start
    for first, last in common:
        if first < start or last > end:
            continue
        pieces += [(text[done:first],), (format_html("<mark>{}</mark>", text[first:last]),)]
        done = last
    return format_html_join("", "{}", [*pieces, (text[done:end],)])
