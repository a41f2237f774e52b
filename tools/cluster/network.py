"""Hosts of one machine: a network namespace each, with an address of its own, on a bridge that is a namespace too.

What can go wrong between real hosts is done with them: a host's cable is pulled (its port at the bridge goes down), one
host hears another no more (a route that drops), in one direction or in both. Delay and loss are not: tc's netem is not in
every kernel.
"""
import subprocess

SUBNET = "10.77.0"


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Network:
    def __init__(self, tag, hosts):
        self.tag = tag
        self.switch = f"{tag}-switch"
        self.hosts = list(hosts)
        self._made = []
        try:
            self._make(self.switch)
            run("ip", "-n", self.switch, "link", "add", "br0", "type", "bridge")
            run("ip", "-n", self.switch, "link", "set", "br0", "up")
            for host in self.hosts:
                self._plug(host)
        except Exception:
            self.close()
            raise

    def _make(self, namespace):
        run("ip", "netns", "add", namespace)
        self._made.append(namespace)

    def _plug(self, host):
        name = self.namespace(host)
        self._make(name)
        run("ip", "-n", self.switch, "link", "add", f"port{host}", "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "-n", self.switch, "link", "set", f"port{host}", "master", "br0", "up")
        run("ip", "-n", name, "addr", "add", f"{self.address(host)}/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", name, "link", "set", "lo", "up")

    def namespace(self, host):
        return f"{self.tag}-{host}"

    def address(self, host):
        return f"{SUBNET}.{host}"

    def command(self, host, words):
        """What runs `words` on that host."""
        return ["ip", "netns", "exec", self.namespace(host), *map(str, words)]

    def pull(self, host):
        run("ip", "-n", self.switch, "link", "set", f"port{host}", "down")

    def plug_in(self, host):
        run("ip", "-n", self.switch, "link", "set", f"port{host}", "up")

    def deafen(self, from_host, to_host):
        """What `from_host` sends to `to_host` is lost."""
        run("ip", "-n", self.namespace(from_host), "route", "add", "blackhole", f"{self.address(to_host)}/32")

    def mend(self, from_host, to_host):
        run("ip", "-n", self.namespace(from_host), "route", "del", "blackhole", f"{self.address(to_host)}/32")

    def close(self):
        """Takes the hosts away; whoever runs there must have ended."""
        for namespace in reversed(self._made):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
        self._made = []
