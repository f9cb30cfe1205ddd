"""One record of a log, v1 and v2 or v4, in the documented shape with our own values; and a blob of records."""

import json

LINE = "1764064800000,10.1.1.4,10.1.2.5,50001,5432,6,I,E,NX,5,500,4,2000"
NSG_ID = "/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/DATA-NSG"
ACL = "44444444-4444-4444-8444-444444444444"


def vnet_record(lines, *, rule="UserRule_App", acl=ACL, **more):
    record = {
        "time": "2025-11-25T10:00:30.1234567Z",
        "flowLogVersion": 4,
        "macAddress": "000D3A0000A1",
        "category": "FlowLogFlowEvent",
        "targetResourceID": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/VNet",
        "flowRecords": {"flows": [{"aclID": acl, "flowGroups": [{"rule": rule, "flowTuples": lines}]}]},
    }
    return record | more


def nsg_record(version, lines, *, rule="UserRule_App", mac="000D3A0000A1", nsg=NSG_ID, key="resourceId"):
    flows = [{"rule": rule, "flows": [{"mac": mac, "flowTuples": lines}]}]
    record = {"time": "2025-11-25T10:00:30.1234567Z", "category": "NetworkSecurityGroupFlowEvent", key: nsg}
    return record | {"properties": {"flows": flows} | ({} if version is None else {"Version": version})}


def whole_blob(found):
    return json.dumps({"records": found}, separators=(",", ":")).encode()
