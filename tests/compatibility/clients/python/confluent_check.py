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


def settled(fact, look, right, seconds=60):
    """Looks until the answer is right, at most `seconds`: what one broker did, another may hear of a moment later on any
    Kafka, and a member whose goodbye was lost in a rebalance leaves only with its session. The last answer is returned."""
    pause, until, seen = threading.Event(), time.monotonic() + seconds, None
    while True:
        try:
            seen = look()
            if right(seen):
                break
        except KafkaException as error:
            seen = error
        if time.monotonic() > until:
            break
        pause.wait(0.1)
    check(fact, not isinstance(seen, KafkaException) and right(seen), str(seen))
    return seen


admin = AdminClient({"bootstrap.servers": servers})
for name, future in admin.create_topics([NewTopic(topic, num_partitions=6, replication_factor=3, config={"min.insync.replicas": "2"})]).items():
    future.result(60)
settled("a topic has six partitions on three replicas", lambda: admin.list_topics(topic, timeout=30).topics[topic].partitions.values(),
        lambda partitions: len(partitions) == 6 and all(len(p.replicas) == 3 and p.leader >= 0 for p in partitions))

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
    producer.flush(90)
    check(f"every message is acknowledged with {codec}", not failures, str(failures[:3]))
check("each acknowledgement has an offset of its own", len(sent) == count, str(len(sent)))

received = {}
lock = threading.Lock()
stop = threading.Event()


def commit(consumer):
    try:
        consumer.commit(asynchronous=False)
    except KafkaException:
        pass  # nothing was read since the last commit; or a rebalance is on, and the next owner reads and commits again


def consume(number):
    consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, "session.timeout.ms": 10000})
    consumer.subscribe([topic])
    while not stop.is_set():
        message = consumer.poll(0.2)
        if message is None:
            commit(consumer)
            continue
        if message.error():
            print("consumer", number, message.error(), flush=True)
            continue
        with lock:
            received[(message.partition(), message.offset())] = (message.key(), message.value(), message.headers())
        consumer.commit(message, asynchronous=True)
    commit(consumer)
    consumer.close()


threads = [threading.Thread(target=consume, args=(i,)) for i in range(2)]
threads[0].start()
deadline = time.monotonic() + 120
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
check("a group of two received every message", len(received) == count, str(len(received)))
# Both members stay until everything is committed: a commit that a rebalance refused is made by the next owner.
ends = {p: max(o for (q, o) in sent if q == p) + 1 for p in {p for p, _ in sent}}
settled("committed offsets stand at the ends",
        lambda: {tp.partition: tp.offset for tp in admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30).topic_partitions},
        lambda committed: committed == ends)
stop.set()
for thread in threads:
    thread.join()
check("keys and values are the same", all(received[at][:2] == what for at, what in sent.items()))
check("headers are the same, a null one too", all(h[2][1] == ("empty", None) for h in received.values()))

settled("the group is empty after both left", lambda: admin.describe_consumer_groups([group])[group].result(30), lambda described: "EMPTY" in str(described.state).upper())
committed = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30).topic_partitions
check("committed offsets stay when the members are gone", {tp.partition: tp.offset for tp in committed} == ends, f"{committed} {ends}")

probe = Consumer({"bootstrap.servers": servers, "group.id": group})
by_time = probe.offsets_for_times([TopicPartition(topic, 0, 0)], timeout=30)[0]
check("the first offset of all time is 0", by_time.offset == 0, str(by_time))
low, high = probe.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
check("watermarks are right", low == 0 and high == ends[0], f"{low} {high}")
probe.close()

resource = ConfigResource(ResourceType.TOPIC, topic)
admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[
    ConfigEntry("retention.ms", "3600000", incremental_operation=AlterConfigOpType.SET)])])[ConfigResource(ResourceType.TOPIC, topic)].result(30)
configs = settled("a config that was set is described", lambda: admin.describe_configs([resource])[resource].result(30), lambda found: found["retention.ms"].value == "3600000")
check("another kept its default", configs["retention.bytes"].value == "-1" and configs["retention.bytes"].is_default)
admin.create_partitions([NewPartitions(topic, 8)])[topic].result(30)
settled("partitions were added", lambda: len(admin.list_topics(topic, timeout=30).topics[topic].partitions), lambda partitions: partitions == 8)
admin.delete_consumer_groups([group])[group].result(30)
admin.delete_topics([topic])[topic].result(30)
settled("a deleted topic is gone", lambda: admin.list_topics(timeout=30).topics, lambda topics: topic not in topics)
