"""Many machines in small: the demo shop on hosts of their own, on this machine.

Every host is a network namespace with an address of its own; three of them have an etcd, each has a node, links have TLS.
A crowd of shoppers orders from a further host. Without --seconds three nodes become five and three again, and one is
drained, started anew and returns, all without a failed call, and the books are audited; with it the hosts are troubled for so long (cut off, cut one way, without etcd, stopped, killed, clocks set),
and in the end the books must balance and at every moment one node at most must have led each partition.

Exit codes: 0 all held, 1 something did not, 2 wrong arguments, 3 the cluster did not come up, 4 not as root, without
iproute2 or etcd, or where network namespaces are forbidden.
"""
import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from chaos import Chaos
from leads import overlaps
from network import Network
from shop_cluster import ETCD_HOSTS, ShopCluster

SHOPPERS = 6
PARTITIONS = 512
# About what each shopper has time for while nothing is wrong; what is troubled takes longer.
ORDERS_A_SECOND, CALM_ORDERS = 15, 500
# A shopper's book holds 10,000 (demo-shop/orders/order_book.cpp).
MOST_ORDERS = 10_000
# A cut may last so long that a member's session ends, and then some calls are asked again for a while.
CROWD_PATIENCE_S = 180


def arguments():
    parser = argparse.ArgumentParser(prog="tools/dev cluster", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=5, help="hosts with a node, %d at least (5)" % ETCD_HOSTS)
    parser.add_argument("--seconds", type=int, default=0, help="trouble the hosts for so long")
    parser.add_argument("--seed", type=int, help="of the troubles; else one is drawn, and said")
    parser.add_argument("--orders", type=int, help="of each shopper (500, or as many as fit the time)")
    parser.add_argument("--keep", action="store_true", help="keep data and logs")
    parser.add_argument("--bin", default="build/release/bin", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not ETCD_HOSTS <= options.nodes <= 20:
        parser.error(f"--nodes: {ETCD_HOSTS} to 20 hosts")
    if options.seconds < 0:
        parser.error("--seconds must not be negative")
    if options.orders is not None and not 1 <= options.orders <= MOST_ORDERS:
        parser.error(f"--orders: 1 to {MOST_ORDERS}, for a shopper's book holds no more")
    return options


class Story:
    def __init__(self):
        self.begun = time.monotonic()

    def __call__(self, text):
        print(f"{time.monotonic() - self.begun:7.1f} s  {text}", flush=True)


def bring_up(cluster, say):
    cluster.make_certificates()
    cluster.start_etcd()
    say(f"etcd answers on hosts 1 to {ETCD_HOSTS}")
    first, rest = cluster.nodes[:ETCD_HOSTS], cluster.nodes[ETCD_HOSTS:]
    for host in first:
        cluster.start_node(host)
    cluster.await_serving(first)
    say(f"{len(first)} nodes serve, with TLS between hosts")
    await_even(cluster, first)
    return rest


def owned(cluster):
    """How many partitions each node owns."""
    out = {}
    for member in cluster.members():
        partitions = member.get("partitions", {})
        out[member["name"]] = partitions.get("withRows", 0) + partitions.get("withoutRows", 0)
    return out


def await_even(cluster, hosts):
    """Until these own as much as each other, but for one partition of each kind. What each node owns."""
    names = [cluster.name(host) for host in hosts]

    def even():
        shares = owned(cluster)
        mine = [shares.get(name, 0) for name in names]
        return sum(mine) == PARTITIONS and max(mine) - min(mine) <= 2

    cluster.await_(even, 120, f"the partitions are not spread evenly over {names}")
    return owned(cluster)


class Moves:
    """What moved since it was made, beside what had to: each move of a partition begins an epoch of it."""

    def __init__(self, cluster):
        self.cluster, self.before, self.owned = cluster, cluster.epochs(), owned(cluster)
        self.begun = time.monotonic()

    def await_even(self, hosts, say, what):
        """Says it, and gives what is wrong about it."""
        now = await_even(self.cluster, hosts)
        took = time.monotonic() - self.begun
        moved = sum(self.cluster.epochs()) - sum(self.before)
        had_to = sum(max(0, now[name] - self.owned.get(name, 0)) for name in now)
        say(f"{what}: {moved} partitions moved and {had_to} had to ({moved / max(had_to, 1):.2f}), in {took:.1f} s; "
            + ", ".join(f"{self.cluster.name(host)} {now[self.cluster.name(host)]}" for host in hosts))
        return [f"{what}: {moved} partitions moved where {had_to} had to"] if moved != had_to else []


def calm_story(cluster, rest, crowd, say):
    """From three nodes to all and back, and one that is drained for a new build and returns. Gives what was wrong."""
    first, wrong = cluster.nodes[:ETCD_HOSTS], []
    for host in rest:
        moves = Moves(cluster)
        cluster.start_node(host)
        cluster.await_serving([host])
        wrong += moves.await_even([h for h in cluster.nodes if h <= host], say, f"{cluster.name(host)} joined")

    updated = first[1]
    name = cluster.name(updated)
    begun = time.monotonic()
    cluster.tool("drain", name)
    drained = time.monotonic() - begun
    cluster.stop_node(updated)
    cluster.start_node(updated)
    cluster.await_member(updated)
    moves = Moves(cluster)
    cluster.tool("drain", name, "--undo")
    wrong += moves.await_even(cluster.nodes, say, f"{name} was drained in {drained:.1f} s, ended, started anew and returned")

    moves = Moves(cluster)
    for host in rest:
        cluster.tool("drain", cluster.name(host), "--no-wait")
    wrong += moves.await_even(first, say, f"{len(cluster.nodes)} nodes became {len(first)}")
    for host in rest:
        cluster.stop_node(host)
    if not crowd.alive():
        say("the crowd was done before that; --orders gives it more")
    return wrong


def troubled_story(cluster, network, rest, crowd, options, say):
    for host in rest:
        cluster.start_node(host)
    cluster.await_serving(rest)
    chaos = Chaos(cluster, network, options.seed, say)
    chaos.run(options.seconds, crowd.alive)
    say("the troubles are over: " + ", ".join(f"{count} x {what}" for what, count in sorted(chaos.counts.items())))
    for host in cluster.nodes:
        cluster.tool("drain", cluster.name(host), "--undo", check=False)
    cluster.await_serving(cluster.nodes)
    return []


def judge(cluster, crowd, troubled, say):
    wrong = []
    if crowd.process.returncode != 0:
        wrong.append(f"the crowd ended with {crowd.process.returncode}")
    said = crowd.log.read_text(errors="replace").strip().splitlines()
    if said:
        say("the crowd: " + said[-1])
        if not troubled and " 0 calls had to be asked again" not in said[-1]:
            wrong.append("calls failed although nothing was wrong")
    wrong += [f"{name} has ended" for name in cluster.unexpected_ends()]
    double, spans = overlaps(cluster.logs())
    wrong += double
    say(f"{spans} times a node led a partition with rows: "
        + ("at every moment one at most" if not double else f"{len(double)} of them two at once"))
    audit = cluster.client("verify")
    audit.process.wait(120)
    said = audit.log.read_text(errors="replace").strip().splitlines()
    if audit.process.returncode != 0:
        wrong.append("the audit failed")
    say("the audit: " + (said[-1] if said else "silent"))
    return wrong


def main():
    options = arguments()
    if os.geteuid() != 0:
        print("tools/dev cluster: hosts are network namespaces, which only root makes; use sudo", file=sys.stderr)
        return 4
    for program in ("ip", "etcd"):
        if not shutil.which(program):
            print(f"tools/dev cluster: there is no {program} here; tools/dev deps installs it", file=sys.stderr)
            return 4
    if options.seed is None:
        options.seed = random.randrange(1 << 31)
    say = Story()
    directory = Path(tempfile.mkdtemp(prefix="troupe-cluster-"))
    tag = f"troupe{os.getpid()}"
    client_host = options.nodes + 1
    network = cluster = None
    held = False
    try:
        try:
            network = Network(tag, range(1, options.nodes + 2))
        except RuntimeError as error:  # a container may forbid it
            print(f"tools/dev cluster: this machine makes no network namespaces: {error}", file=sys.stderr)
            shutil.rmtree(directory, ignore_errors=True)
            return 4
        say(f"{options.nodes} hosts and the client's, {network.address(1)} to {network.address(client_host)}"
            + (f"; seed {options.seed}" if options.seconds else ""))
        cluster = ShopCluster(network, Path(options.bin).absolute(), directory, range(1, options.nodes + 1),
                              client_host, say)
        rest = bring_up(cluster, say)
        orders = options.orders or min(MOST_ORDERS, max(CALM_ORDERS, options.seconds * ORDERS_A_SECOND))
        crowd = cluster.client("story", "--shoppers", SHOPPERS, "--orders", orders, "--seed", options.seed % 1000)
        if options.seconds:
            wrong = troubled_story(cluster, network, rest, crowd, options, say)
        else:
            wrong = calm_story(cluster, rest, crowd, say)
        crowd.process.wait(CROWD_PATIENCE_S + (options.seconds or 60))
        wrong += judge(cluster, crowd, bool(options.seconds), say)
        for one in wrong:
            print("WRONG  " + one)
        held = not wrong
        say("everything held" if held else f"NOT everything held; logs are in {directory}")
        return 0 if held else 1
    except Exception as error:  # what could not be made, and what did not come
        print(f"tools/dev cluster: {error}", file=sys.stderr)
        print(f"logs are in {directory}", file=sys.stderr)
        return 3
    finally:
        if cluster:
            cluster.close()
        if network:
            network.close()
        if held and not options.keep:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
