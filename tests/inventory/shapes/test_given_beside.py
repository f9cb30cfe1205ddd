"""What comes beside the answer of a command or of a template: words of `az`, a parameters file, the source itself."""

from __future__ import annotations

import json

import pytest

from nsgflow_core.inventory.files import read
from tests.inventory import network
from tests.inventory.shapes.test_shapes import ENCODINGS, EVERYTHING


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_az_said_before_its_answer_is_no_part_of_it(encoding):
    text = "\n".join(json.dumps([each]) for each in network.AZ)
    for said in (
        "WARNING: This command is in preview.\nIt may change.\n",
        "az : WARNING: in preview\n    + Category\n",
    ):
        found = read([("all", ENCODINGS[encoding](said + text))])
        assert [e.item for e in found.entries] == [e.item for e in EVERYTHING.entries]
    (finding,) = read([("all", ENCODINGS[encoding]("ERROR: Please run 'az login' to setup account.\n"))]).findings
    assert "what a command said" in finding.sentence
    assert "az login" in finding.sentence


TEMPLATE = {
    "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    "parameters": {"vnetName": {"type": "string"}, "space": {"type": "array", "defaultValue": ["10.9.0.0/16"]}},
    "resources": [
        {
            "type": "Microsoft.Network/virtualNetworks",
            "name": "[parameters('vnetName')]",
            "properties": {"addressSpace": {"addressPrefixes": "[parameters('space')]"}, "subnets": []},
        }
    ],
}


def parameters(**values):
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "parameters": {name: {"value": value} for name, value in values.items()},
    }


def vnets(found):
    return {entry.item.name: [prefix.text for prefix in entry.item.address_space] for entry in found.entries}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_parameters_file_is_put_into_the_templates_given_with_it(encoding):
    write = ENCODINGS[encoding]
    template = ("main.json", write(json.dumps(TEMPLATE)))
    handed = ("main.parameters.json", write(json.dumps(parameters(vnetName="hub", space=["10.4.0.0/16"]))))
    for files in ([template, handed], [handed, template]):
        found = read(files)
        assert vnets(found) == {"hub": ["10.4.0.0/16"]}
        assert found.findings == ()
    assert vnets(read([template, ("p", write(json.dumps(parameters(vnetName="hub"))))])) == {"hub": ["10.9.0.0/16"]}


def test_parameters_without_a_template_or_with_two_values_are_said():
    one, other = (json.dumps(parameters(vnetName=name)) for name in ("dev", "prod"))
    (alone,) = read([("p.json", one)]).findings
    assert alone.sentence == "It holds the parameters of a template: give both at once."
    found = read([("dev.json", one), ("prod.json", other), ("main.json", json.dumps(TEMPLATE))])
    assert list(vnets(found)) == ["dev"]
    assert [(each.file, each.sentence) for each in found.findings] == [
        ("prod.json", "It gives vnetname other values than a file before it.")
    ]


@pytest.mark.parametrize(
    ("source", "command"),
    [
        ("// web\nparam location string = 'x'\n", "az bicep build"),
        ("resource nsg 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {\n  name: 'web'\n}\n", "az bicep build"),
        ("using './main.bicep'\nparam x = 'y'\n", "az bicep build-params"),
        ('# web\nresource "azurerm_network_security_group" "web" {\n}\n', "terraform show -json"),
        ('locals {\n  a = 1\n}\nmodule "net" {\n}\n', "terraform show -json"),
    ],
)
def test_a_source_is_told_by_its_name_with_the_command_that_gives_its_network(source, command):
    (finding,) = read([("main", source)]).findings
    assert command in finding.sentence
