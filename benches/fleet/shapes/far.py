"""The same role over a way that takes 50 ms there and back."""

from hosts import far, fleet
from shapes.role import SITE, converged


def tables(bench):
    with fleet(bench.hosts(3), bench.work) as hosts:
        # The first apply need not take its time.
        bench.tools.hostler(hosts, SITE).must()
        targets = {"ansible-core": 1 / 20, "mitogen": 1 / 9, "pyinfra": 1 / 9, "script": 1.2}
        with far(50):
            yield converged(bench, hosts, f"The same over 50 ms there and back, {len(hosts.names)} hosts", targets)
