"""Running a checker on an answer, as the tests of every notebook's exercises do."""

import re

DRAWS = range(20)


def verdict(checker, answer, capsys, seed: int = 0) -> str:
    capsys.readouterr()
    assert checker(answer, seed=seed) is None
    printed = capsys.readouterr().out.strip()
    assert "\n" not in printed, "a verdict is one line"
    return printed


def assert_right(checker, answer, capsys) -> None:
    for seed in DRAWS:
        assert verdict(checker, answer, capsys, seed).startswith("✓ Right: ")


def assert_told_apart(checker, wrong_answers: dict, capsys) -> None:
    """Each wrong answer is refused on every draw, always with the same message of its own."""
    messages = {}
    for name, answer in wrong_answers.items():
        verdicts = {verdict(checker, answer, capsys, seed) for seed in DRAWS}
        assert len(verdicts) == 1, f"{name}: {verdicts}"
        messages[name] = verdicts.pop()
        assert messages[name].startswith("✗ Not yet: "), name
        assert not re.search(r"for (random )?input of", messages[name]), f"{name} is not recognised"
    assert len(set(messages.values())) == len(messages), messages
