// kafkajs: its own protocol code in JavaScript. Produces with acks=-1, consumes in a group, commits, reads them back.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs');

const topic = `kafkajs-${Math.random().toString(36).slice(2, 10)}`;
const kafka = new Kafka({ clientId: 'check', brokers: process.env.BOOTSTRAP_SERVERS.split(','), logLevel: logLevel.ERROR, retry: { retries: 12 } });
function check(fact, condition, detail) {
  console.log((condition ? 'ok   ' : 'FAIL ') + fact + (condition ? '' : `: ${JSON.stringify(detail)}`));
  if (!condition) process.exit(1);
}

// What one broker did, another may hear of a moment later: looks until the answer is right, for at most a minute.
async function settled(fact, look, right) {
  const until = Date.now() + 60000;
  let seen = await look();
  while (!right(seen) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    seen = await look();
  }
  check(fact, right(seen), seen);
}

(async () => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }, { topic: `${topic}-tx`, numPartitions: 1, replicationFactor: 3 }], waitForLeaders: true });
  const producer = kafka.producer({ idempotent: true });
  await producer.connect();
  for (let i = 0; i < 10; i++)
    await producer.send({ topic, acks: -1, compression: i % 2 ? CompressionTypes.GZIP : CompressionTypes.None,
      messages: Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, value: `message ${i * 50 + n}`, headers: { round: `${i}` } })) });
  check('500 messages are acknowledged', true);
  const careful = kafka.producer({ transactionalId: `${topic}-tx`, maxInFlightRequests: 1, idempotent: true });
  await careful.connect();
  for (const good of [true, false, true]) {
    const transaction = await careful.transaction();
    await transaction.send({ topic: `${topic}-tx`, messages: [{ value: `${good}` }, { value: `${good}` }] });
    await transaction.sendOffsets({ consumerGroupId: `${topic}-offsets`, topics: [{ topic, partitions: [{ partition: 0, offset: good ? '7' : '9' }] }] });
    await (good ? transaction.commit() : transaction.abort());
  }
  await careful.disconnect();
  await settled('offsets of committed transactions are there', async () => (await admin.fetchOffsets({ groupId: `${topic}-offsets`, topics: [topic] }))[0].partitions,
    (found) => found.find((p) => p.partition === 0).offset === '7');
  const reader = kafka.consumer({ groupId: `${topic}-reader`, readUncommitted: false });
  await reader.connect();
  await reader.subscribe({ topics: [`${topic}-tx`], fromBeginning: true });
  const values = [];
  await new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`only ${values.length} arrived`)), 60000);
    reader.run({ eachMessage: async ({ message }) => {
      values.push(message.value.toString());
      if (values.length === 4) { clearTimeout(limit); resolve(); }
    } });
  });
  check('of three transactions two are seen', values.every((v) => v === 'true'), values);
  await reader.disconnect();
  const consumer = kafka.consumer({ groupId: `${topic}-group`, sessionTimeout: 10000 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const seen = new Set();
  await new Promise((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`only ${seen.size} arrived`)), 120000);
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
  await settled('the group is empty', async () => (await admin.describeGroups([`${topic}-group`])).groups, (groups) => groups[0].state === 'Empty');
  await admin.deleteGroups([`${topic}-group`]);
  await admin.deleteTopics({ topics: [topic] });
  await producer.disconnect();
  await admin.disconnect();
})().catch((error) => { console.log(`FAIL ${error.stack}`); process.exit(1); });
