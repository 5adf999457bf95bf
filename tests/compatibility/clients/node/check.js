// kafkajs: its own protocol code in JavaScript. Produces with acks=-1, consumes in a group, commits, reads them back.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const topic = `kafkajs-${Math.random().toString(36).slice(2, 10)}`;
const kafka = new Kafka({ clientId: 'check', brokers: process.env.BOOTSTRAP_SERVERS.split(','), logLevel: logLevel.ERROR });
function check(fact, condition, detail) {
  console.log((condition ? 'ok   ' : 'FAIL ') + fact + (condition ? '' : `: ${JSON.stringify(detail)}`));
  if (!condition) process.exit(1);
}

(async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }], waitForLeaders: true });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (let i = 0; i < 10; i++)
    await producer.send({ topic, acks: -1, compression: i % 2 ? CompressionTypes.GZIP : CompressionTypes.None,
      messages: Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, value: `message ${i * 50 + n}`, headers: { round: `${i}` } })) });
  check('500 messages are acknowledged', true);
  const consumer = kafka.consumer({ groupId: `${topic}-group`, sessionTimeout: 10000 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const seen = new Set();
  await new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`only ${seen.size} arrived`)), 60000);
    consumer.run({ autoCommit: true, autoCommitThreshold: 1, eachMessage: async ({ message }) => {
      seen.add(message.value.toString());
      if (seen.size === 500) { clearTimeout(limit); resolve(); }
    } });
  });
  check('500 messages are received by a group', seen.size === 500, seen.size);
  await consumer.stop();
  await consumer.disconnect();
  const committed = (await admin.fetchOffsets({ groupId: `${topic}-group`, topics: [topic] }))[0].partitions;
  const ends = await admin.fetchTopicOffsets(topic);
  check('commits stand at the ends', ends.every((e) => committed.find((c) => c.partition === e.partition).offset === e.offset), { committed, ends });
  const groups = (await admin.describeGroups([`${topic}-group`])).groups;
  check('the group is empty', groups[0].state === 'Empty', groups);
  await admin.deleteGroups([`${topic}-group`]);
  await admin.deleteTopics({ topics: [topic] });
  await producer.disconnect();
  await admin.disconnect();
})().catch((error) => { console.log(`FAIL ${error.stack}`); process.exit(1); });
