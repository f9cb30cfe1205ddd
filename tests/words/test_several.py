"""Several values in a cell read as before they were values."""

from nsgflow_core.words.several import Directions, NsgRule, NsgRules, Several


def test_values_say_how_they_read() -> None:
    assert str(Several((1, "b"))) == "1; b"
    assert str(Directions(("Inbound", "Outbound"))) == "Inbound+Outbound"
    assert str(NsgRules()) == ""


def test_rules_read_in_the_order_of_their_text_and_compare_as_values() -> None:
    """A dash comes before the slash, so that "web-2/a" is read before "web/z" though "web" sorts first."""
    rules = NsgRules((NsgRule("web", "z"), NsgRule("web-2", "a; b/c")))
    assert str(rules) == "web-2/a; b/c; web/z"
    assert [each.rule for each in rules] == ["z", "a; b/c"]
    assert rules == (("web", "z"), ("web-2", "a; b/c"))
