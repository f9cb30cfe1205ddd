"""The Rules page without a browser: its steps, its links, what an edit of the table means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import FileUploader

from nsgflow_core.__main__ import main
from nsgflow_core.inventory.rule import Access, PortRange, Rule
from nsgflow_core.roles import os_user
from nsgflow_core.rules.export import EXPORTS, ExportFormat
from nsgflow_core.rules.review.decisions import Approval, Decisions, RuleDecision
from nsgflow_core.rules.review.kept import write_decisions
from nsgflow_core.sources.sample.source import sample_nsgs
from nsgflow_core.stores.local.disk.location import cache_folder
from nsgflow_core.stores.local.store import LocalStore
from nsgflow_core.ui.frame import session
from nsgflow_core.ui.rules.drafting import questions
from nsgflow_core.ui.rules.drafting.editor import decision_of
from nsgflow_core.words.vocabulary import Direction
from tests.conftest import with_sample
from tests.ui.frame.as_it_reads import as_it_reads
from tests.ui.opening import open_page

RULE = Rule(
    "allow-a", 100, Direction.INBOUND, Access.ALLOW, "Tcp", ("10.1.0.4",), ("10.2.0.0/24",), (PortRange(443, 443),)
)


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_sample(sample_home, tmp_path_factory.mktemp("rules-page"))


@pytest.fixture(autouse=True)
def _own_stores(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("NSGFLOW_STORE", str(home / "flows.duckdb"))


def opened(**params: str) -> AppTest:
    return open_page("rules", {"for" if key == "scope" else key: text for key, text in params.items()})


def metrics(at: AppTest) -> dict[str, int]:
    return {each.label: int(each.value.replace(",", "")) for each in at.metric}


def test_the_dial_moves_the_rules() -> None:
    exact = opened(scope="subnet/snet-shop-web", dial="exact")
    assert [each.value for each in exact.metric][:2] == ["8", "1×"]
    exact.select_slider(key="dial").set_value("simplest").run()
    simplest = (
        "one a protocol and address family; jump and monitoring hosts apart: the NSG denies each the other's ports"
    )
    assert exact.metric[0].value == "4", simplest


def test_rules_are_for_the_nsg_that_the_filter_names_and_a_narrow_filter_is_no_dead_end() -> None:
    at = opened(nsg="nsg-shop-data", rule="deny-vnet-in")
    assert at.selectbox(key="for").value == "nsg/nsg-shop-data"
    at.button(key="clear_undrafted").click().run()
    assert int(at.metric[0].value) > 0
    assert opened(nsg="nsg-shop-data,nsg-shop-web").selectbox(key="for").value == opened().selectbox(key="for").value


def test_choices_move_the_draft() -> None:
    listed = opened(scope="subnet/snet-shop-web", internet="never")
    said = " ".join(each.value for each in listed.markdown)
    assert "open to the whole Internet?" not in said
    assert "open to the whole Internet?" in " ".join(
        each.value for each in opened(scope="subnet/snet-shop-web").markdown
    )


def test_existing_rules_that_were_changed_disagree_with_the_log() -> None:
    at = opened(scope="nsg/nsg-shop-data", step="replay", replay="existing")
    assert metrics(at)["Newly denied"] == 323
    assert "3 disagreements" in str(at.warning[0].proto)


def test_audit_names_the_shadowed_rule_with_its_proof() -> None:
    at = opened(scope="nsg/nsg-shop-web", step="audit")
    words = " ".join(each.value for each in at.markdown)
    assert "**allow-https-partner**" in words
    assert "is taken by allow-https-internet (100)" in words


def test_audit_says_what_named_rules_admit() -> None:
    at = opened(scope="nsg/nsg-shop-web", step="audit")
    assert any("Named rules admit" in each.value for each in at.markdown)


def test_the_draft_is_held_against_the_rules_by_the_rules_alone() -> None:
    at = opened(scope="nsg/nsg-shop-data", step="audit", against="draft")
    counts = metrics(at)
    assert counts["Newly denied"] > 0
    assert any("By the rules alone" in each.value for each in at.caption)


def test_what_is_wanted_is_held_against_rules_and_traffic() -> None:
    at = opened(scope="nsg/nsg-shop-data", step="audit", against="wanted")
    at.text_area(key="rules_wanted").set_value("never: Internet -> snet-shop-data\nfoo").run()
    assert "line 2" in str(at.error[0].proto)
    at.text_area(key="rules_wanted").set_value("never: * -> snet-shop-data").run()
    assert not at.error
    assert "not kept" in str(at.warning[0].proto)


@pytest.mark.parametrize("replay", ["draft", "both", "held-out"])
def test_every_replay_is_shown(replay: str) -> None:
    at = opened(scope="nsg/nsg-shop-web", step="replay", replay=replay)
    assert metrics(at)["Still allowed"] > 1_000


def test_the_proof_leaves_each_day_out() -> None:
    at = opened(scope="nsg/nsg-shop-data", step="proof")
    assert [each.value for each in at.metric][-1] == "6 of 7"
    assert "a longer window would tell more" in str([each.proto for each in at.warning])


@pytest.mark.parametrize("form", EXPORTS)
def test_every_format_is_previewed(form: str) -> None:
    at = opened(scope="nsg/nsg-shop-web", step="export", format=form)
    previews = [each.value for each in at.code]
    assert any("allow-internet-to-snet-shop-web" in text for text in previews)


def test_an_export_is_one_row_on_the_page_and_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A format added in memory is offered, previewed in its language, and written by `rules draft --format`."""
    row = ExportFormat(
        "names", "Names of rules", "txt", "text/plain", "yaml", False, lambda sheet: f"- {len(sheet.rules)} rules\n"
    )
    monkeypatch.setitem(EXPORTS, "names", row)
    at = opened(scope="nsg/nsg-shop-web", step="export", format="names")
    assert "Names of rules" in at.segmented_control(key="format").options
    (preview,) = (each for each in at.code if each.value.startswith("- "))
    assert preview.language == "yaml"
    monkeypatch.setenv("NSGFLOW_STORE", str(session.sample_store().path))
    capfdbinary.readouterr()
    assert main(["rules", "draft", "--nsg", "nsg-shop-web", "--direction", "Inbound", "--format", "names"]) == 0
    assert capfdbinary.readouterr().out.decode() == f"{preview.value}\n"


def test_without_traffic_it_says_what_to_do() -> None:
    at = opened(scope="subnet/GatewaySubnet")
    assert "No allowed Inbound traffic" in str(at.info[0].proto)


def test_without_existing_rules_it_says_what_to_run() -> None:
    at = opened(scope="subnet/172.16.8.0/24", step="audit")
    assert any("az network nsg list -o json" in each.value for each in at.code)


def test_imported_rules_that_are_incomplete_say_so_until_they_are_forgotten() -> None:
    listed = [{**each, "securityRules": [*each["securityRules"], {"name": "odd"}]} for each in sample_nsgs()]
    at = opened(scope="nsg/nsg-shop-data", step="audit")
    content = json.dumps(listed).encode("utf-16")
    at.file_uploader[0].set_value(("nsgs.json", content, "application/json")).run()
    assert not at.exception
    assert "nsgs.json: 9 NSGs." in [as_it_reads(each.value) for each in at.success]
    titles = [as_it_reads(each.proto.title) for each in at.warning]
    assert "nsg-shop-data is incomplete: what it decides may be wrong" in titles
    at.button(key="rules_forget").click().run()
    assert not at.exception
    assert "is incomplete" not in " ".join(each.proto.title for each in at.warning)


def test_which_nsg_is_chosen_stands_in_the_link() -> None:
    (ours,) = (each for each in sample_nsgs() if each["name"] == "nsg-shop-data")
    other = {**ours, "id": ours["id"].replace("rg-", "rg-second-"), "resourceGuid": "", "securityRules": []}
    at = opened()
    assert at.query_params["for"] == "nsg/nsg-shop-web", "the busiest one of today is another one tomorrow"
    at.file_uploader[0].set_value(("nsgs.json", json.dumps([ours, other]).encode(), "application/json")).run()
    at = opened(scope="nsg/nsg-shop-data", guard=str(other["id"]))
    assert not at.exception
    assert at.selectbox(key="guard").value == other["id"]
    at.selectbox(key="guard").set_value(ours["id"]).run()
    assert at.query_params["guard"] == ours["id"]
    at.selectbox(key="for").set_value("nsg/nsg-shop-web").run()
    assert "guard" not in at.query_params
    at.button(key="rules_forget").click().run()


def test_an_edited_cell_widens_and_never_narrows() -> None:
    before = RuleDecision(RULE.name)
    made, dropped = decision_of(RULE, before, {"sources": "10.1.0.0/24", "ports": "443, 8443"})
    assert (made.sources, made.ports, dropped) == (("10.1.0.0/24",), ("8443",), [])
    made, dropped = decision_of(RULE, before, {"destinations": "10.2.0.5"})
    assert (made.destinations, dropped) == (("10.2.0.5",), ["10.2.0.0/24"])
    assert decision_of(RULE, before, {"sources": "internet"})[1] == []
    assert decision_of(RULE, before, {"ports": "400-500"})[1] == []
    made, _ = decision_of(RULE, before, {"decision": "Reject", "name": "allow-a", "note": " why "})
    assert made == RuleDecision(RULE.name, Approval.REJECT, note="why")


def test_decisions_are_taken_from_a_file_and_a_damaged_one_is_said() -> None:
    at = opened(scope="subnet/snet-shop-app")
    assert "0 rejected" in " ".join(each.value for each in at.caption)
    text = write_decisions(Decisions((RuleDecision("deny-vnet-inbound-tcp", Approval.REJECT),)))
    uploader(at).set_value(("d.json", text.encode(), "application/json")).run()
    assert not at.exception
    assert "1 rejected" in " ".join(each.value for each in at.caption)
    uploader(at).set_value(("d.json", b"nonsense", "application/json")).run()
    assert "cannot be read" in " ".join(each.proto.title for each in at.warning)
    assert "1 rejected" in " ".join(each.value for each in at.caption)


def uploader(at: AppTest) -> FileUploader:
    return next(each for each in at.file_uploader if "review" in str(each.label))


def test_a_question_is_answered_with_one_click_and_says_who_answered() -> None:
    at = opened(scope="subnet/snet-shop-web")
    rules = at.metric[0].value
    button = next(each for each in at.button if str(each.key).startswith("leave-out_"))
    assert button.label.startswith("List the addresses *TCP"), "of which question, for who hears the page"
    button.click().run()
    said = " ".join(each.value for each in at.caption)
    assert f"List the addresses, said {os_user().person.name} at 20" in said
    assert int(at.metric[0].value) >= int(rules)
    note = next(each for each in at.text_input if str(each.key).startswith("note_"))
    note.set_value("asked in CHG-9").run()
    store = LocalStore(cache_folder() / "sample.duckdb")
    told = str(store.history()["about"].iloc[0])
    assert "CHG-9" in told
    next(each for each in at.button if str(each.key).startswith("again_")).click().run()
    assert not [each for each in at.button if str(each.key).startswith("again_")]


def test_of_many_questions_the_first_are_shown_and_the_others_on_a_click(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "SHOWN", 1)
    app = open_page("rules", {})

    def asked() -> int:
        return sum(each.key.startswith("allow_") for each in app.button if each.key)

    assert any(each.value == "2 questions to decide" for each in app.subheader)
    assert asked() == 1
    app.button(key="all_questions").click().run()
    assert asked() == 2
    app.button(key="all_questions").click().run()
    assert asked() == 1


def test_a_service_tag_is_asked_about_and_written_with_one_click(tmp_path: Path) -> None:
    opened()
    store, file = str(cache_folder() / "sample.duckdb"), tmp_path / "tags.json"
    tag = {"name": "AzureFrontDoor.Backend", "properties": {"addressPrefixes": ["0.0.0.0/1", "128.0.0.0/1"]}}
    file.write_text(json.dumps({"values": [{"id": tag["name"], **tag}]}))
    assert main(["inventory", str(file), "--save", "--store", store]) == 0
    assert "Write AzureFrontDoor.Backend" not in labels(
        opened(scope="subnet/snet-shop-web", internet="never", tags="never")
    )
    at = opened(scope="subnet/snet-shop-web", internet="never")
    at.button[labels(at).index("Write AzureFrontDoor.Backend")].click().run()
    assert not at.exception
    assert "Write AzureFrontDoor.Backend, said" in " ".join(as_it_reads(each.value) for each in at.caption)
    assert main(["inventory", "--forget", str(file), "--store", store]) == 0


def labels(at: AppTest) -> list[str]:
    """What is drawn of them, without what only who hears the page is told."""
    return [as_it_reads(each.label).partition(" *")[0] for each in at.button]


def test_the_dossier_is_made_on_request_and_forgotten_with_the_next_decision() -> None:
    at = opened(scope="subnet/snet-shop-web", step="export")
    assert not [each for each in at.get("download_button") if "dossier" in str(each.proto.id)]
    at.button(key="dossier").click().run()
    assert not at.exception
    assert len([each for each in at.get("download_button") if "dossier" in str(each.proto.id)]) == 2
    assert any("to settle before signing" in str(each.label) for each in at.expander)


def test_groups_are_shown_given_back_as_a_file_and_forgotten() -> None:
    at = opened(scope="subnet/snet-shop-app")
    (inferred,) = group_labels(at)
    uploads = [each for each in at.file_uploader if "groups" in str(each.label)]
    assert at.button(key="forget_groups").disabled
    uploads[0].set_value(("g.csv", b"group,address\nmine,10.20.2.4\nmine,10.20.2.5\n", "text/csv")).run()
    assert not at.exception
    assert "1 group kept; drafts of this store use them." in [as_it_reads(each.value) for each in at.success]
    assert group_labels(at) == ["Groups inside subnets: 1 group of hosts, 2 hosts"] != [inferred]
    uploads = [each for each in at.file_uploader if "groups" in str(each.label)]
    uploads[0].set_value(("g.csv", b"group,address\nmine,\n", "text/csv")).run()
    assert any("has no name or no address" in as_it_reads(each.value) for each in at.warning)
    at.button(key="forget_groups").click().run()
    assert group_labels(at) == [inferred]


def group_labels(at: AppTest) -> list[str]:
    found = [as_it_reads(each.label) for each in at.expander]
    return [label for label in found if label.startswith("Groups inside subnets")]
