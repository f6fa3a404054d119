"""What many ask for at once is asked of the network once, and not believed for long."""

import pytest

from influencers.networks import base, recently


def test_an_answer_serves_for_a_moment_by_its_key():
    asked, kept = [], recently.Recently()
    for key in ("un", "deux", "un", "deux"):
        assert kept.get(key, lambda key=key: asked.append(key) or f"id {key}") == f"id {key}"
    assert asked == ["un", "deux"]


def test_an_answer_is_not_believed_for_long(monkeypatch):
    monkeypatch.setattr(recently, "SECONDS", -1)
    kept = recently.Recently()
    answers = iter(["avant", "après"])
    assert [kept.get("un", lambda: next(answers)) for _time in range(2)] == ["avant", "après"]


def test_a_failure_is_not_kept_and_the_memory_has_an_end():
    kept = recently.Recently()

    def fails():
        raise base.TargetGone("un")

    with pytest.raises(base.TargetGone):
        kept.get("un", fails)
    assert kept.get("un", lambda: "id") == "id"
    for number in range(3 * recently.MOST):
        kept.get(str(number), lambda: "id")
    assert len(kept._kept) <= recently.MOST
