"""Which sign-in has which role: lists name people by what nobody can choose for themselves."""

from __future__ import annotations

import ast

import pytest

from nsgflow_core import roles
from nsgflow_core.errors import NotAllowed
from nsgflow_core.roles import Called, Editor, Lists, Person, Role, os_user, person_of
from tests.conftest import ROOT

OID, GROUP = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"
TENANT = "aaaaaaaa-2222-3333-4444-555555555555"
ENTRA = {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "tid": TENANT}
EVERYONE = frozenset({(Called.ANYONE, "*")})
ADA = {"email": "Ada@Contoso.example", "email_verified": True}


def role(editors: str, claims: dict[str, object], readers: str = "") -> Role | None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(roles.EDITORS_VARIABLE, editors)
        environment.setenv(roles.READERS_VARIABLE, readers)
        return Lists.of_environment().role_of({"is_logged_in": True, **claims})


@pytest.mark.parametrize(
    ("entry", "claims"),
    [
        ("ada@contoso.example", ADA),
        ("other@x.example, ADA@contoso.example", ADA),
        ("ada@contoso.example", {"email": "ada@contoso.example", "xms_edov": "1"}),
        ("ada@contoso.example", {**ENTRA, "preferred_username": "ada@contoso.example"}),
        (OID.upper().replace("1", "1"), {"oid": OID}),
        (GROUP, {"groups": [OID, GROUP]}),
        ("nsgflow.editor", {"roles": ["other", "nsgflow.editor"]}),
        ("nsgflow.editor", {"roles": "nsgflow.editor"}),
        ("group:/netops", {"groups": ["/netops"]}),
        ("*", {"sub": "anyone"}),
    ],
)
def test_names_an_editor(entry, claims):
    assert role(entry, claims) is Role.EDITOR
    assert role("", claims, readers=entry) is Role.READER
    assert role("", claims) is None


@pytest.mark.parametrize(
    ("entry", "claims"),
    [
        ("ada@contoso.example", {"email": "ada@contoso.example"}),
        ("ada@contoso.example", {"email": "ada@contoso.example", "email_verified": False}),
        ("ada@contoso.example", {"preferred_username": "ada@contoso.example", "iss": "https://idp.example"}),
        ("ada@contoso.example", {**ENTRA, "tid": OID, "preferred_username": "ada@contoso.example"}),
        ("ada@contoso.example", {**ENTRA, "idp": "live.com", "preferred_username": "ada@contoso.example"}),
        ("ada@contoso.example", {"name": "ada@contoso.example", "sub": "ada@contoso.example"}),
        ("ada@contoso.example", {"roles": ["ada@contoso.example"], "groups": ["ada@contoso.example"]}),
        ("kate@contoso.example", {"email": "\u212aate@contoso.example", "email_verified": True}),
        ("nsgflow.editor", {"groups": ["nsgflow.editor"]}),
        ("nsgflow.editor", {"roles": "not nsgflow.editor at all"}),
        ("nsgflow.editor", {"roles": {"nsgflow.editor": True}}),
        (GROUP, {"roles": [GROUP]}),
        ("nsgflow.editor", {"roles": ["*"]}),
        ("group:netops", {"roles": ["group:netops"]}),
        ("group:*", {"groups": ["anything"]}),
        (" , ,", {"sub": "", "roles": ["", " "], "groups": [""]}),
    ],
)
def test_does_not_name_an_editor(entry, claims):
    assert role(entry, claims) is None


def test_who_did_not_sign_in_has_no_role():
    for claims in ({}, {"email": "test@example.com"}, {"is_logged_in": "true"}, {"is_logged_in": 1}):
        assert Lists(EVERYONE, EVERYONE).role_of(claims) is None


def test_a_reader_gets_no_leave_to_change():
    lists = Lists(readers=EVERYONE, editors=frozenset({(Called.ROLE, "nsgflow.editor")}))
    with pytest.raises(NotAllowed):
        lists.editor_of({"is_logged_in": True, "sub": "rae"})
    ada = lists.editor_of({"is_logged_in": True, "sub": "1", "roles": ["nsgflow.editor"], **ADA})
    assert ada.person == Person("Ada@Contoso.example", "1")


def test_a_name_that_nobody_vouches_for_says_so_and_is_one_line():
    told = person_of({"iss": "https://idp.example", "sub": "7", "name": "Ada\n\x00\u202e" + "x" * 500})
    assert told.subject == "https://idp.example 7"
    assert told.name.endswith(" (unverified)")
    assert told.name.isprintable()
    assert len(told.name) < 150


def test_only_the_guard_makes_editors():
    """The leave to change something cannot be made up: not at run time, and by no other module of ours."""
    with pytest.raises(TypeError):
        Editor(Person("me", "me"), object())
    makers = set()
    for path in (ROOT / "nsgflow_core").rglob("*.py"):
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        if any(isinstance(call.func, ast.Name) and call.func.id == "Editor" for call in calls):
            makers.add(path.name)
    assert makers == {"roles.py"}
    assert os_user().person.subject == "operating system"
