"""samsa replay: messages with every kind of field, copied with their partitions, the program killed with -9 five times on the way. Nothing is missing and all is
byte for byte the same, each there once and in order: the cluster has transactions.
Needs BOOTSTRAP_SERVERS and SAMSA (the program); prints one line a fact. REPLAY_MESSAGES: how many (60,000)."""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

servers = os.environ["BOOTSTRAP_SERVERS"]
samsa = os.environ["SAMSA"]
count = int(os.environ.get("REPLAY_MESSAGES", "60000"))
partitions = 4
run = uuid.uuid4().hex[:8]
source, target = f"replay-from-{run}", f"replay-to-{run}"
kills = 5


def check(fact, condition, detail=""):
    print(("ok   " if condition else "FAIL ") + fact + (f": {detail}" if detail and not condition else ""), flush=True)
    if not condition:
        sys.exit(1)


admin = AdminClient({"bootstrap.servers": servers})
brokers = len(admin.list_topics(timeout=30).brokers)
# Timestamps of long ago must neither be refused nor deleted.
settings = {"retention.ms": "-1", "max.message.bytes": "2000000"}
for future in admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=min(3, brokers), config=settings) for name in (source, target)]).values():
    future.result(30)


def extent(topic):
    """Messages and markers of a topic, by its offsets; 0 where it is not known yet."""
    reader = Consumer({"bootstrap.servers": servers, "group.id": f"extent-{run}"})
    total = sum(reader.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1] for p in range(partitions))
    reader.close()
    return total


rng = random.Random(4)
def field(i, kind):
    """None, empty, text, every byte, long: in turn, so that all pairs come together."""
    return [None, b"", f"text {i} \u00e9\u4e2d\U0001f600".encode(), bytes(range(256)), rng.randbytes(1 + i % 700), b"{\"n\":%d}" % i][kind % 6]


def headers(i):
    return [[], [("trace", b"1"), ("trace", b"1"), ("trace", b"2")], [("null", None), ("empty", b""), ("", b"no name")],
            [("b", bytes([0, 255, 128])), ("a", None), ("b", b"again"), ("\u00fcml\u00e4ut", "\u00e9".encode())]][i % 4]


begin = time.monotonic()
producer = Producer({"bootstrap.servers": servers, "linger.ms": 20, "compression.type": "none", "message.max.bytes": 2000000, "queue.buffering.max.messages": 200000})
failures = []
for i in range(count):
    # Kinds step with different periods; timestamps jump back, to 1 ms after the epoch too.
    arguments = dict(topic=source, partition=i % partitions, key=field(i, i // 4), value=field(i + 1, i // 24), headers=headers(i // 3), timestamp=1 if i % 997 == 0 else 1_500_000_000_000 + (i * 7919) % 10_000_000,
                     on_delivery=lambda error, message: failures.append(error) if error else None)
    if i % 20011 == 5:
        arguments["value"] = rng.randbytes(1_200_000)
    while True:
        try:
            producer.produce(**arguments)
            break
        except BufferError:
            producer.poll(0.1)
    producer.poll(0)
producer.flush(120)
check("the source is filled", not failures and extent(source) == count, str(failures[:1]))
print(f"     {count} messages in {time.monotonic() - begin:.1f} s", flush=True)

positions = lambda: {g.group_id for g in admin.list_consumer_groups().result(30).valid if g.group_id.startswith("samsa-replay-")}
left_by_others = positions()
os.environ.setdefault("SAMSA_HOME", tempfile.mkdtemp())
command = [samsa, "replay", "-b", servers, "-t", source, "--to-topic", target, "--partition", "keep"]
plan = subprocess.run(command + ["--plan"], capture_output=True, text=True, timeout=60)
check("the plan is shown", plan.returncode == 0 and f"at most {count:,}" in plan.stderr, plan.stderr)
check("it is to be in transactions", "each message arrives once" in plan.stderr, plan.stderr)
begin = time.monotonic()
killed, done, last = 0, False, ""
while not done:
    process = subprocess.Popen(command + ["--rate", str(max(4000, count // 8))], stderr=subprocess.PIPE, text=True)
    if killed < kills:
        mark = count * (killed + 1) // (kills + 2)
        deadline = time.monotonic() + 120
        while extent(target) < mark and process.poll() is None and time.monotonic() < deadline:
            pass
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
    last = process.communicate(timeout=600)[1]
    if process.returncode not in (0, -signal.SIGKILL):
        check("a replay goes on after a crash", False, last)
    done = process.returncode == 0
check("it was killed five times", killed == kills, last)
check("it went on where it was", "Goes on with replay" in last, last)
seconds = time.monotonic() - begin


def content(topic):
    reader = Consumer({"bootstrap.servers": servers, "group.id": f"content-{run}", "enable.partition.eof": True, "isolation.level": "read_committed", "auto.offset.reset": "earliest", "fetch.message.max.bytes": 4000000})
    reader.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    found, ended = {p: [] for p in range(partitions)}, set()
    while len(ended) < partitions:
        for message in reader.consume(5000, 1.0):
            if message.error():
                ended.add(message.partition())
            else:
                found[message.partition()].append((message.key(), message.value(), tuple(message.headers() or []), message.timestamp()))
    reader.close()
    return found


before, after = content(source), content(target)
for p in range(partitions):
    wanted, got = Counter(before[p]), Counter(after[p])
    check(f"partition {p}: nothing is missing", not wanted - got, str(next(iter((wanted - got).items()), ""))[:300])
    check(f"partition {p}: nothing else is there", set(got) == set(wanted), str(next(iter(set(got) - set(wanted)), ""))[:300])
    check(f"partition {p}: each once and in order", before[p] == after[p], f"{sum((got - wanted).values())} came twice")
check("the group of its position is gone", positions() <= left_by_others, last)
print(f"     killed {killed} times, {seconds:.1f} s", flush=True)
