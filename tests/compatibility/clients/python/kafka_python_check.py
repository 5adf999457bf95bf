"""kafka-python: pure Python, its own protocol code. Produces with acks=all, consumes in a group, commits, seeks."""
import os
import sys
import uuid

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

servers = os.environ["BOOTSTRAP_SERVERS"].split(",")
topic = f"kafka-python-{uuid.uuid4().hex[:8]}"


def check(fact, condition, detail=""):
    print(("ok   " if condition else "FAIL ") + fact + (f": {detail}" if detail and not condition else ""), flush=True)
    if not condition:
        sys.exit(1)


admin = KafkaAdminClient(bootstrap_servers=servers)
admin.create_topics([NewTopic(topic, num_partitions=3, replication_factor=3)])
producer = KafkaProducer(bootstrap_servers=servers, acks="all", compression_type="gzip")
futures = [producer.send(topic, key=str(i % 10).encode(), value=f"message {i}".encode(), headers=[("n", str(i).encode())]) for i in range(500)]
producer.flush(90)
check("500 messages are acknowledged", len({(f.get(30).partition, f.get(30).offset) for f in futures}) == 500)
consumer = KafkaConsumer(topic, bootstrap_servers=servers, group_id=topic + "-group", auto_offset_reset="earliest", enable_auto_commit=False, consumer_timeout_ms=90000)
values = set()
for message in consumer:
    values.add(message.value)
    if len(values) == 500:
        break
check("500 messages are received by a group", len(values) == 500, str(len(values)))
consumer.commit()
partitions = [TopicPartition(topic, p) for p in range(3)]
ends = consumer.end_offsets(partitions)
check("commits are kept", all((consumer.committed(tp) or 0) == ends[tp] for tp in partitions), str([(consumer.committed(tp), ends[tp]) for tp in partitions]))
check("offsets by time are found", all(v is None or v.offset == 0 for v in consumer.offsets_for_times({tp: 0 for tp in partitions}).values()))
consumer.close()
admin.delete_topics([topic])
