"""What happens to the hosts of a cluster, chosen by a seed: each trouble is made, lasts a while, and is mended."""
import random
import signal
import time


class Chaos:
    def __init__(self, cluster, network, seed, say):
        self.cluster, self.network, self.say = cluster, network, say
        self.dice = random.Random(seed)
        self.counts = {}

    def _some(self):
        return self.dice.choice(self.cluster.nodes)

    def _while(self, what, make, mend, least=1.0, most=4.0):
        self.counts[what] = self.counts.get(what, 0) + 1
        make()
        try:
            time.sleep(self.dice.uniform(least, most))
        finally:
            mend()

    # --- the troubles ---

    def cut_host(self):
        host = self._some()
        self.say(f"host {host} is cut off from all others, its etcd too")
        self._while("cut", lambda: self.network.pull(host), lambda: self.network.plug_in(host), 1.0, 6.0)

    def one_way(self):
        one, other = self.dice.sample(self.cluster.nodes, 2)
        self.say(f"what host {one} sends to host {other} is lost")
        self._while("one-way cut", lambda: self.network.deafen(one, other), lambda: self.network.mend(one, other))

    def without_etcd(self):
        host = self._some()
        others = [n for n in self.cluster.etcd if n != host]
        self.say(f"host {host} does not reach etcd on other hosts, and reaches every node but those")

        def make():
            for other in others:
                self.network.deafen(host, other)

        def mend():
            for other in others:
                self.network.mend(host, other)

        self._while("etcd cut off from one side", make, mend, 2.0, 6.0)

    def kill_etcd(self):
        host = self.dice.choice(list(self.cluster.etcd))
        self.say(f"etcd on host {host} is killed")

        def mend():
            self.cluster.start_etcd_on(host)

        self._while("etcd killed", self.cluster.etcd[host].kill, mend)

    def pause(self):
        host = self._some()
        process = self.cluster.running[host]
        self.say(f"the node on host {host} stands still (SIGSTOP)")
        self._while("pause", lambda: process.send(signal.SIGSTOP), lambda: process.send(signal.SIGCONT), 1.0, 7.0)

    def kill(self):
        host = self._some()
        self.say(f"the node on host {host} is killed (SIGKILL)")
        self._while("kill", lambda: self.cluster.kill_node(host), lambda: self.cluster.start_node(host), 0.1, 2.0)

    def clock(self):
        host = self._some()
        ahead = self.dice.choice([-3600, 3600])
        if not self.cluster.set_clock(host, ahead):
            return
        self.say(f"the clock of host {host} is set an hour {'forward' if ahead > 0 else 'back'}")
        self._while("clock", lambda: None, lambda: self.cluster.set_clock(host, 0), 2.0, 5.0)

    def drain(self):
        host = self._some()
        name = self.cluster.name(host)
        self.say(f"{name} is drained, and then serves again")
        self._while("drain", lambda: self.cluster.tool("drain", name, "--no-wait", check=False),
                    lambda: self.cluster.tool("drain", name, "--undo", check=False), 1.0, 4.0)

    def run(self, seconds, while_runs):
        """Trouble after trouble, with a while of peace between two, for so long or until `while_runs()` is false."""
        troubles = [self.cut_host, self.one_way, self.without_etcd, self.kill_etcd, self.pause, self.kill, self.clock,
                    self.drain]
        until = time.monotonic() + seconds
        while time.monotonic() < until and while_runs():
            self.dice.choice(troubles)()
            time.sleep(self.dice.uniform(1.0, 4.0))
