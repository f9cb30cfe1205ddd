"""Which flows are to a port that no stranger should reach (`words/guarded_ports.py`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nsgflow_core.words.guarded_ports import BY_SERVICE
from nsgflow_core.words.sets.group_numbers import first_of_each, group_numbers


def kinds_of_ports(flows: pd.DataFrame) -> NDArray[np.object_]:
    """The kind of each flow's port, "" for those that strangers may meet."""
    codes = group_numbers(flows["protocol"], flows["port"], in_order=False)
    distinct = flows[["protocol", "port"]].iloc[first_of_each(codes)].itertuples(index=False, name=None)
    services = [(str(protocol), int(port)) for protocol, port in distinct]
    kinds = [str(BY_SERVICE[each].kind) if each in BY_SERVICE else "" for each in services]
    return np.array(kinds, dtype=object)[codes]
