"""A shop on hosts of a network: etcd on three of them, a node on each, links with TLS, and a seat for the client."""
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

ETCD_HOSTS = 3
NODE_PORT = 7400
FAKETIME = "/usr/lib/{}/faketime/libfaketimeMT.so.1"


def steady_us():
    return time.monotonic_ns() // 1000


def faketime_library():
    triplet = subprocess.run(["gcc", "-print-multiarch"], capture_output=True, text=True).stdout.strip()
    library = FAKETIME.format(triplet or "x86_64-linux-gnu")
    return library if os.path.exists(library) else None


class Process:
    """A program on a host, in a group of its own; what it prints goes to a file."""

    def __init__(self, command, log, environment=None):
        self._out = open(log, "ab")
        self.log = Path(log)
        self.process = subprocess.Popen(command, stdout=self._out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **(environment or {})}, start_new_session=True)

    def alive(self):
        return self.process.poll() is None

    def send(self, number):
        if self.alive():
            os.killpg(self.process.pid, number)

    def stop(self, patience=20):
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
        self._out.close()

    def kill(self):
        self.send(signal.SIGKILL)
        self.process.wait()


class ShopCluster:
    def __init__(self, network, binaries, directory, nodes, client_host, say, log_level="debug"):
        self.network, self.binaries, self.directory, self.say = network, Path(binaries), Path(directory), say
        self.nodes, self.client_host, self.log_level = list(nodes), client_host, log_level
        self.running, self.died_at, self.etcd = {}, {node: [] for node in nodes}, {}
        self.faketime = faketime_library()
        (self.directory / "data").mkdir(parents=True, exist_ok=True)

    def name(self, host):
        return f"shop-{host}"

    def tool(self, *words, check=True):
        """`troupe` over the nodes' sockets, which all are files of this machine."""
        done = subprocess.run([self.binaries / "troupe", "--data", self.directory / "data", *map(str, words)],
                              capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"troupe {' '.join(map(str, words))}: {done.stderr.strip()}")
        return done.stdout

    # --- etcd ---

    def start_etcd(self):
        for host in range(1, ETCD_HOSTS + 1):
            self.start_etcd_on(host)
        self.await_(lambda: all(self._etcd_answers(host) for host in self.etcd), 30, "etcd does not answer")

    def start_etcd_on(self, host):
        address = self.network.address(host)
        members = ",".join(f"etcd-{n}=http://{self.network.address(n)}:2380" for n in range(1, ETCD_HOSTS + 1))
        self.etcd[host] = Process(
            self.network.command(host, [
                "etcd", "--name", f"etcd-{host}", "--data-dir", self.directory / f"etcd-{host}",
                "--listen-client-urls", f"http://{address}:2379", "--advertise-client-urls", f"http://{address}:2379",
                "--listen-peer-urls", f"http://{address}:2380", "--initial-advertise-peer-urls",
                f"http://{address}:2380", "--initial-cluster", members, "--log-level", "error"]),
            self.directory / f"etcd-{host}.log")

    def _etcd_answers(self, host):
        ask = f"import urllib.request; urllib.request.urlopen('http://{self.network.address(host)}:2379/health', timeout=2)"
        return subprocess.run(self.network.command(host, ["python3", "-c", ask]), capture_output=True).returncode == 0

    # --- certificates and configuration ---

    def make_certificates(self):
        tls = self.directory / "tls"
        for words in (["cert", "init", tls, "--cluster", "shop"],
                      ["cert", "node", tls, *(self.name(host) for host in self.nodes), "client"]):
            done = subprocess.run([self.binaries / "troupe", *map(str, words)], capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"troupe {' '.join(map(str, words))}: {done.stderr.strip()}")

    def write_config(self, host, name=None):
        endpoints = ", ".join(f'"http://{self.network.address(n)}:2379"' for n in range(1, ETCD_HOSTS + 1))
        file = self.directory / f"{name or self.name(host)}.toml"
        file.write_text(f"""cluster = "shop"
data_dir = "{self.directory / 'data'}"
tls = "{self.directory / 'tls'}"
log_level = "{self.log_level}"

[join]
kind = "etcd"
endpoints = [{endpoints}]
prefix = "shop"
host = "{self.network.address(host)}"
port = {NODE_PORT}
session_ttl_ms = 3000
timeout_ms = 60000
zone = "host-{host}"
""")
        return file

    # --- nodes ---

    def start_node(self, host):
        config = self.write_config(host)
        environment = {}
        if self.faketime:
            clock = self.directory / f"clock-{host}"
            if not clock.exists():
                clock.write_text("+0")
            environment = {"LD_PRELOAD": self.faketime, "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
                           "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
        self.running[host] = Process(
            self.network.command(host, [self.binaries / "shop", "run", "--config", config, "--node", self.name(host),
                                        "--log-json"]),
            self.directory / f"{self.name(host)}.log", environment)

    def set_clock(self, host, seconds):
        """From now on that host's wall clock is so many seconds ahead. False: libfaketime is not here."""
        if not self.faketime:
            return False
        (self.directory / f"clock-{host}").write_text(f"{seconds:+d}")
        return True

    def await_serving(self, hosts, patience=60):
        wanted = {self.name(host) for host in hosts}
        self.await_(lambda: wanted <= self.serving(), patience, f"not all of {sorted(wanted)} serve")

    def members(self):
        return [one for one in self._asked("members", "members") if "state" in one]

    def _asked(self, what, where):
        """What the nodes that answer say, as a list; among it who did not answer, for data of stopped nodes lies here too."""
        try:
            said = json.loads(self.tool("--json", what, check=False))
        except ValueError:  # nobody answers
            return []
        return said if isinstance(said, list) else said.get(where, [])

    def epochs(self):
        """Of every partition, by number."""
        partitions = [one for one in self._asked("partitions", "partitions") if "epoch" in one]
        return [int(one["epoch"]) for one in sorted(partitions, key=lambda one: one["number"])]

    def await_member(self, host, patience=60):
        name = self.name(host)
        self.await_(lambda: any(member["name"] == name and member.get("alive") for member in self.members()), patience,
                    f"{name} does not come back")

    def serving(self):
        return {member["name"] for member in self.members() if member.get("alive") and member.get("state") == "serving"}

    def kill_node(self, host):
        self.running[host].kill()
        self.died_at[host].append(steady_us())

    def stop_node(self, host):
        self.running.pop(host).stop()
        self.died_at[host].append(steady_us())

    def logs(self):
        return {self.name(host): (self.directory / f"{self.name(host)}.log", self.died_at[host]) for host in self.nodes
                if (self.directory / f"{self.name(host)}.log").exists()}

    def unexpected_ends(self):
        return [self.name(host) for host, process in self.running.items() if not process.alive()]

    # --- the client ---

    def client(self, *words):
        """A command of the shop on the client's host, while it runs."""
        config = self.write_config(self.client_host, "client")
        return Process(self.network.command(self.client_host,
                                            [self.binaries / "shop", words[0], "--config", config, *words[1:]]),
                       self.directory / f"client-{words[0]}.log")

    def close(self):
        for process in [*self.running.values(), *self.etcd.values()]:
            if process.alive():
                process.send(signal.SIGCONT)
                process.send(signal.SIGTERM)
        for process in [*self.running.values(), *self.etcd.values()]:
            process.stop()

    def await_(self, condition, patience, what):
        until = time.monotonic() + patience
        while not condition():
            if time.monotonic() > until:
                raise RuntimeError(f"{what} within {patience} s; logs are in {self.directory}")
            time.sleep(0.2)
