"""The sockets of the udp paths, and what netmon sees, against this kernel.

The probe makes its own pair of namespaces; the lab around it is only there because every test of
this tier has one.
"""

from __future__ import annotations

import subprocess
from pathlib import Path as FilePath

from check import expect, needs
from laboratory import Lab


@needs(nodes=1, paths=1, bound=600)
def test_sockets_and_links(lab: Lab) -> None:
    probe = FilePath(lab.record().plan.binaries) / "inquest-probe-paths"
    expect(probe.exists(), f"{probe} is missing: it is built with the tests (./dev build)")
    done = subprocess.run([probe], capture_output=True, text=True, timeout=540, check=False)
    expect(done.returncode == 0, f"exit code {done.returncode}:\n{done.stdout}{done.stderr}")
