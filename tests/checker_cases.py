"""The one harness of the checkers' tests.

Each module test_exercises_NN has two dicts. RIGHT: checker → right answers. WRONG: checker → part
of the message that a wrong answer has to get → that answer. The answers are written anew, as a
student would write them or with another library; none is taken from the checkers.
"""

import re

import pytest

DRAWS = range(20)


def verdict(checker, answer, capsys, seed: int = 0) -> str:
    capsys.readouterr()
    assert checker(answer, seed=seed) is None
    printed = capsys.readouterr().out.strip()
    assert "\n" not in printed, "a verdict is one line"
    return printed


def right_cases(right: dict) -> list:
    return [
        pytest.param(checker, answer, id=f"{checker.__name__}-{number}")
        for checker, answers in right.items()
        for number, answer in enumerate(answers, 1)
    ]


def wrong_cases(wrong: dict) -> list:
    return [
        pytest.param(checker, part, answer, id=f"{checker.__name__}-{part}")
        for checker, answers in wrong.items()
        for part, answer in answers.items()
    ]


def assert_right(checker, answer, capsys) -> None:
    for seed in DRAWS:
        assert verdict(checker, answer, capsys, seed).startswith("✓ Right: ")


def assert_told(checker, part: str, answer, capsys) -> None:
    """A wrong answer is refused on every draw, with the message that has this part."""
    for seed in DRAWS:
        message = verdict(checker, answer, capsys, seed)
        assert message.startswith("✗ Not yet: ") and part in message, message
        assert not re.search("for (random )?input of", message), "numbers in place of a reason"
        assert re.search(r"[^.?][.?]$", message), "a message ends with one sign"
