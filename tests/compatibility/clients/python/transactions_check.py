"""confluent-kafka-python: consume, transform, produce, exactly once. Offsets are committed in the transactions of what they lead to; every third transaction is
aborted and done again; then fencing, what readers see, and a timeout. Needs BOOTSTRAP_SERVERS; prints one line a fact."""
import os
import sys
import time
import uuid
from collections import Counter

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

servers = os.environ["BOOTSTRAP_SERVERS"]
run = uuid.uuid4().hex[:8]
source, target, group = f"tx-from-{run}", f"tx-to-{run}", f"tx-group-{run}"
partitions, count = 3, 1500


def check(fact, condition, detail=""):
    print(("ok   " if condition else "FAIL ") + fact + (f": {detail}" if detail and not condition else ""), flush=True)
    if not condition:
        sys.exit(1)


def read(topic, isolation):
    """Everything up to the end that readers of that isolation see."""
    reader = Consumer({"bootstrap.servers": servers, "group.id": f"read-{run}", "enable.partition.eof": True, "isolation.level": isolation, "enable.auto.commit": False})
    reader.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    found, ended, until = [], set(), time.monotonic() + 60
    while len(ended) < partitions and time.monotonic() < until:
        message = reader.poll(1)
        if message is None:
            continue
        if message.error():
            ended.add(message.partition())
        else:
            found.append(message.value())
    reader.close()
    return found


admin = AdminClient({"bootstrap.servers": servers})
for future in admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=3, config={"min.insync.replicas": "2"}) for name in (source, target)]).values():
    future.result(60)
plain = Producer({"bootstrap.servers": servers, "linger.ms": 5})
for i in range(count):
    plain.produce(source, value=str(i).encode(), partition=i % partitions)
plain.flush(60)

consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, "isolation.level": "read_committed"})
consumer.subscribe([source])
producer = Producer({"bootstrap.servers": servers, "transactional.id": f"copy-{run}", "transaction.timeout.ms": 30000})
producer.init_transactions(60)
copied, transactions, until = 0, 0, time.monotonic() + 150
while copied < count and time.monotonic() < until:
    messages = [m for m in consumer.consume(100, 1.0) if not m.error()]
    if not messages:
        continue
    transactions += 1
    for attempt in range(2):
        producer.begin_transaction()
        for message in messages:
            producer.produce(target, value=b"copy of " + message.value(), partition=message.partition())
        producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 30)
        if attempt == 0 and transactions % 3 == 0:
            producer.flush(30)
            producer.abort_transaction(30)
            continue
        producer.commit_transaction(30)
        break
    copied += len(messages)
check("all is copied in transactions", copied == count, f"{copied} in {transactions}")
wanted = Counter(f"copy of {i}".encode() for i in range(count))
check("readers of committed messages see each once", Counter(read(target, "read_committed")) == wanted)
check("other readers see aborted ones, too", len(read(target, "read_uncommitted")) > count)
committed = {tp.partition: tp.offset for tp in admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], require_stable=True)[group].result(30).topic_partitions}
check("the offsets stand at the ends", committed == {p: count // partitions for p in range(partitions)}, str(committed))
consumer.close()

second = Producer({"bootstrap.servers": servers, "transactional.id": f"copy-{run}"})
producer.begin_transaction()
producer.produce(target, value=b"of a zombie", partition=0)
producer.flush(30)
second.init_transactions(60)
try:
    producer.commit_transaction(30)
    check("the first producer is fenced by the second", False)
except KafkaException as error:
    check("the first producer is fenced by the second", error.args[0].fatal(), str(error))
second.begin_transaction()
second.produce(target, value=b"of the second", partition=0)
second.commit_transaction(30)
seen = Counter(read(target, "read_committed")) - wanted
check("of the two only the second is seen", seen == Counter([b"of the second"]), str(seen))

forgetful = Producer({"bootstrap.servers": servers, "transactional.id": f"forgetful-{run}", "transaction.timeout.ms": 2000})
forgetful.init_transactions(60)
forgetful.begin_transaction()
forgetful.produce(target, value=b"forgotten", partition=1)
forgetful.flush(30)
second.begin_transaction()
second.produce(target, value=b"behind it", partition=1)
second.commit_transaction(30)
check("what is behind an open transaction waits", b"behind it" not in read(target, "read_committed"))
begin = time.monotonic()
while b"behind it" not in read(target, "read_committed") and time.monotonic() < begin + 30:
    pass
seen = Counter(read(target, "read_committed")) - wanted
check("the timeout ends the transaction", seen == Counter([b"of the second", b"behind it"]), str(seen))
print(f"     {transactions} transactions; the timeout of 2 s took {time.monotonic() - begin:.1f} s more", flush=True)
