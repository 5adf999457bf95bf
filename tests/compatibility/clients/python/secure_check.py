"""confluent-kafka-python over SASL_SSL: users, ACLs, a producer and a consumer with rights and without."""
import json
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import (AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic,
                                   ResourcePatternType, ResourceType, ScramCredentialInfo, ScramMechanism,
                                   UserScramCredentialUpsertion)

with open(sys.argv[1]) as file:
    cluster = json.load(file)
users = {user["name"]: user["password"] for user in cluster["users"]}


def settings(user, password, **more):
    return {"bootstrap.servers": cluster["bootstrapServers"], "security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user, "sasl.password": password, "ssl.ca.location": cluster["caFile"], **more}


def within(what, look, seconds=30):
    """The broker that is asked learns of a change a moment after the controller has made it: looks until it is so."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except KafkaException as error:
            seen = error
        if what(seen):
            return
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


admin = AdminClient(settings("admin", users["admin"]))
topic, group, bob = f"py-{uuid.uuid4().hex[:8]}", f"py-group-{uuid.uuid4().hex[:8]}", f"bob-{uuid.uuid4().hex[:8]}"
admin.create_topics([NewTopic(topic, 1, 3)])[topic].result(30)
for future in admin.alter_user_scram_credentials(
        [UserScramCredentialUpsertion(bob, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"secret")]).values():
    future.result(30)
within(lambda seen: [info.iterations for info in getattr(seen, "scram_credential_infos", [])] == [4096],
       lambda: admin.describe_user_scram_credentials([bob])[bob].result(30))

errors = []
producer = Producer(settings("alice", users["alice"], **{"message.timeout.ms": 10000}))
producer.produce(topic, b"no", on_delivery=lambda error, _: errors.append(error))
producer.flush(20)
assert errors and errors[0] is not None and errors[0].name() == "TOPIC_AUTHORIZATION_FAILED", errors


def binding(resource, name, operation):
    return AclBinding(resource, name, ResourcePatternType.LITERAL, f"User:{bob}", "*", operation, AclPermissionType.ALLOW)


acls = [binding(ResourceType.TOPIC, topic, AclOperation.WRITE), binding(ResourceType.TOPIC, topic, AclOperation.READ),
        binding(ResourceType.GROUP, group, AclOperation.READ)]
for future in admin.create_acls(acls).values():
    future.result(30)
mine = AclBindingFilter(ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{bob}", None, AclOperation.ANY, AclPermissionType.ANY)
within(lambda seen: isinstance(seen, list) and len(seen) == 3, lambda: admin.describe_acls(mine).result(30))

deadline = time.monotonic() + 30
while True:  # brokers learn of users and rights in a moment
    delivered = []
    producer = Producer(settings(bob, "secret", **{"message.timeout.ms": 10000}))
    producer.produce(topic, b"yes", on_delivery=lambda error, _: delivered.append(error))
    producer.flush(20)
    if delivered == [None]:
        break
    assert time.monotonic() < deadline, delivered
consumer = Consumer(settings(bob, "secret", **{"group.id": group, "auto.offset.reset": "earliest"}))
consumer.subscribe([topic])
while True:
    message = consumer.poll(1)
    if message is not None and message.error() is None:
        assert message.value() == b"yes"
        break
    assert time.monotonic() < deadline + 30, message and message.error()
consumer.commit(asynchronous=False)
consumer.close()

refused = AdminClient(settings(bob, "secret"))
for future in refused.create_acls(acls).values():
    try:
        future.result(30)
        raise SystemExit("a user without rights may write ACLs")
    except KafkaException as error:
        assert error.args[0].name() == "CLUSTER_AUTHORIZATION_FAILED", error
assert len(admin.delete_acls([mine])[mine].result(30)) == 3
admin.delete_topics([topic])[topic].result(30)
print("confluent-kafka-python works over SASL_SSL")
