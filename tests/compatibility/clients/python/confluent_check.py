"""confluent-kafka-python: an idempotent producer with keys, headers and every codec, a group of two with a rebalance,
commits that survive, offsets by timestamp, and the admin calls. Needs BOOTSTRAP_SERVERS; prints one line a fact."""
import os
import sys
import threading
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition, ConsumerGroupTopicPartitions
from confluent_kafka.admin import AdminClient, ConfigEntry, ConfigResource, NewPartitions, NewTopic, AlterConfigOpType, ResourceType

servers = os.environ["BOOTSTRAP_SERVERS"]
run = uuid.uuid4().hex[:8]
topic = f"confluent-{run}"
group = f"confluent-group-{run}"
count = 3000


def check(fact, condition, detail=""):
    print(("ok   " if condition else "FAIL ") + fact + (f": {detail}" if detail and not condition else ""), flush=True)
    if not condition:
        sys.exit(1)


admin = AdminClient({"bootstrap.servers": servers})
for name, future in admin.create_topics([NewTopic(topic, num_partitions=6, replication_factor=3, config={"min.insync.replicas": "2"})]).items():
    future.result(30)
def complete():
    # The broker that is asked may not have heard of the new topic yet, on any Kafka.
    partitions = admin.list_topics(topic, timeout=30).topics[topic].partitions.values()
    return len(partitions) == 6 and all(len(p.replicas) == 3 and p.leader >= 0 for p in partitions)


until = time.monotonic() + 30
while time.monotonic() < until and not complete():
    pass
check("a topic has six partitions on three replicas", complete())

sent = {}
for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
    producer = Producer({"bootstrap.servers": servers, "enable.idempotence": True, "acks": "all", "compression.type": codec, "linger.ms": 5})
    failures = []

    def delivered(error, message):
        if error:
            failures.append(str(error))
        else:
            sent[(message.partition(), message.offset())] = (message.key(), message.value())

    for i in range(count // 5):
        producer.produce(topic, key=f"{codec}-{i}", value=f"value {i} of {codec} ".encode() * 5, headers=[("codec", codec.encode()), ("empty", None)], on_delivery=delivered)
    producer.flush(60)
    check(f"every message is acknowledged with {codec}", not failures, str(failures[:3]))
check("each acknowledgement has an offset of its own", len(sent) == count, str(len(sent)))

received = {}
lock = threading.Lock()
stop = threading.Event()


def consume(number):
    consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, "session.timeout.ms": 10000})
    consumer.subscribe([topic])
    while not stop.is_set():
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            print("consumer", number, message.error(), flush=True)
            continue
        with lock:
            received[(message.partition(), message.offset())] = (message.key(), message.value(), message.headers())
        consumer.commit(message, asynchronous=True)
    try:
        consumer.commit(asynchronous=False)
    except KafkaException:
        pass  # nothing read since the last commit
    consumer.close()


threads = [threading.Thread(target=consume, args=(i,)) for i in range(2)]
threads[0].start()
deadline = time.monotonic() + 60
while time.monotonic() < deadline:
    with lock:
        if len(received) >= count // 10:
            break
    stop.wait(0.05)
threads[1].start()
while time.monotonic() < deadline:
    with lock:
        if len(received) == count:
            break
    stop.wait(0.05)
stop.set()
for thread in threads:
    thread.join()
check("a group of two received every message", len(received) == count, str(len(received)))
check("keys and values are the same", all(received[at][:2] == what for at, what in sent.items()))
check("headers are the same, a null one too", all(h[2][1] == ("empty", None) for h in received.values()))

committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30).topic_partitions
ends = {p: max(o for (q, o) in sent if q == p) + 1 for p in {p for p, _ in sent}}
check("committed offsets stand at the ends", {tp.partition: tp.offset for tp in committed} == ends, f"{committed} {ends}")
described = admin.describe_consumer_groups([group])[group].result(30)
check("the group is empty after both left", "EMPTY" in str(described.state).upper(), str(described.state))

probe = Consumer({"bootstrap.servers": servers, "group.id": group})
by_time = probe.offsets_for_times([TopicPartition(topic, 0, 0)], timeout=30)[0]
check("the first offset of all time is 0", by_time.offset == 0, str(by_time))
low, high = probe.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
check("watermarks are right", low == 0 and high == ends[0], f"{low} {high}")
probe.close()

resource = ConfigResource(ResourceType.TOPIC, topic)
admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
    ConfigEntry("retention.ms", "3600000", incremental_operation=AlterConfigOpType.SET)])])[ConfigResource(ResourceType.TOPIC, topic)].result(30)
# Brokers learn of a change through the metadata log: the one asked may be a moment behind, on any Kafka.
deadline = time.monotonic() + 30
while time.monotonic() < deadline:
    configs = admin.describe_configs([resource])[resource].result(30)
    if configs["retention.ms"].value == "3600000":
        break
check("a config that was set is described", configs["retention.ms"].value == "3600000")
check("another kept its default", configs["retention.bytes"].value == "-1" and configs["retention.bytes"].is_default)
admin.create_partitions([NewPartitions(topic, 8)])[topic].result(30)
while time.monotonic() < deadline and len(admin.list_topics(topic, timeout=30).topics[topic].partitions) != 8:
    pass
check("partitions were added", len(admin.list_topics(topic, timeout=30).topics[topic].partitions) == 8)
admin.delete_consumer_groups([group])[group].result(30)
admin.delete_topics([topic])[topic].result(30)
while time.monotonic() < deadline and topic in admin.list_topics(timeout=30).topics:
    pass
check("a deleted topic is gone", topic not in admin.list_topics(timeout=30).topics)
