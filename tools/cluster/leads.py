"""Who led which partition, by the nodes' own logs: at most one node at every moment.

A node says "leads partition P in epoch E" before its first turn there, and "leads no more" when the last has ended, with
the time of the machine's clock that nobody sets, which all processes of a machine share. A node that was killed led until
it was dead.
"""
import json


def spans_of(log, died_at):
    """(partition, epoch, from, until) of one node's log. `died_at`: when its runs were killed, by the same clock, in
    order; what is open when a run ends ended with it."""
    open_spans, spans = {}, []
    deaths = sorted(died_at)

    def end_all(at):
        for (partition, epoch), since in open_spans.items():
            spans.append((partition, epoch, since, at))
        open_spans.clear()

    with open(log, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if '"steady_us"' not in line:
                continue
            try:
                said = json.loads(line[line.index("{"):])["labels"]
            except (ValueError, KeyError):
                continue  # the last line of a killed node
            at, partition, epoch = int(said["steady_us"]), int(said["partition"]), int(said["epoch"])
            while deaths and deaths[0] <= at:
                end_all(deaths.pop(0))
            if "no more" in line:
                since = open_spans.pop((partition, epoch), None)
                if since is not None:
                    spans.append((partition, epoch, since, at))
            else:
                open_spans[(partition, epoch)] = at
    end_all(deaths[0] if deaths else float("inf"))
    return spans


def overlaps(logs, with_rows_below=256):
    """What two nodes led at once, as sentences. `logs`: {node: (file, times of its deaths)}. Of partitions with rows
    alone: actors that keep nothing may begin elsewhere while a node that was cut off does not know of it yet."""
    by_partition = {}
    for node, (log, died_at) in logs.items():
        for partition, epoch, since, until in spans_of(log, died_at):
            if partition < with_rows_below:
                by_partition.setdefault(partition, []).append((since, until, epoch, node))
    wrong, count = [], 0
    for partition, spans in sorted(by_partition.items()):
        spans.sort()
        count += len(spans)
        for (_, until, epoch, node), (since, _, next_epoch, next_node) in zip(spans, spans[1:]):
            if since < until and node != next_node:
                wrong.append(f"partition {partition}: {next_node} led it in epoch {next_epoch} from {since} us on, while "
                             f"{node} did until {until} us in epoch {epoch}")
    return wrong, count
