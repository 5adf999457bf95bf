// franz-go: its own protocol code in Go, idempotent by default. Produces, consumes in a group, commits, reads them back.
package main

import (
	"context"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func check(fact string, condition bool, detail any) {
	if !condition {
		fmt.Printf("FAIL %s: %v\n", fact, detail)
		os.Exit(1)
	}
	fmt.Println("ok   " + fact)
}

// As check, where it would say the same many times.
func must(fact string, condition bool, detail any) {
	if !condition {
		check(fact, false, detail)
	}
}

func main() {
	servers := strings.Split(os.Getenv("BOOTSTRAP_SERVERS"), ",")
	topic := fmt.Sprintf("franz-%08x", rand.Uint32())
	ctx, cancel := context.WithTimeout(context.Background(), 150*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(servers...), kgo.ProducerBatchCompression(kgo.ZstdCompression(), kgo.NoCompression()))
	check("the client is made", err == nil, err)
	create := kmsg.NewPtrCreateTopicsRequest()
	wanted := kmsg.NewCreateTopicsRequestTopic()
	wanted.Topic, wanted.NumPartitions, wanted.ReplicationFactor = topic, 3, 3
	create.Topics = append(create.Topics, wanted)
	created, err := create.RequestWith(ctx, client)
	check("a topic is created", err == nil && kerr.ErrorForCode(created.Topics[0].ErrorCode) == nil, err)
	for i := range 500 {
		client.Produce(ctx, &kgo.Record{Topic: topic, Key: []byte(fmt.Sprint(i % 10)), Value: []byte(fmt.Sprintf("message %d", i))}, func(_ *kgo.Record, err error) {
			if err != nil {
				check("a message is acknowledged", false, err)
			}
		})
	}
	check("500 messages are acknowledged", client.Flush(ctx) == nil, "flush")
	client.Close()

	group := topic + "-group"
	reader, err := kgo.NewClient(kgo.SeedBrokers(servers...), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	check("the reader is made", err == nil, err)
	seen := map[string]bool{}
	for len(seen) < 500 {
		fetches := reader.PollFetches(ctx)
		if ctx.Err() != nil {
			check("500 messages are received by a group", false, len(seen))
		}
		fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)] = true })
	}
	check("500 messages are received by a group", len(seen) == 500, len(seen))
	check("the commit is taken", reader.CommitUncommittedOffsets(ctx) == nil, "commit")
	fetch := kmsg.NewPtrOffsetFetchRequest()
	fetch.Group = group
	wantGroup := kmsg.NewOffsetFetchRequestGroup()
	wantGroup.Group = group
	fetch.Groups = append(fetch.Groups, wantGroup)
	var total int64
	for _, shard := range reader.RequestSharded(ctx, fetch) {
		check("offsets are fetched", shard.Err == nil, shard.Err)
		for _, g := range shard.Resp.(*kmsg.OffsetFetchResponse).Groups {
			for _, t := range g.Topics {
				for _, p := range t.Partitions {
					total += p.Offset
				}
			}
		}
	}
	check("commits stand at the ends", total == 500, total)
	reader.Close()
	transact(ctx, servers, topic)
}

// Consumes, transforms and produces in transactions; every other one is aborted once.
func transact(ctx context.Context, servers []string, topic string) {
	session, err := kgo.NewGroupTransactSession(kgo.SeedBrokers(servers...), kgo.TransactionalID(topic+"-tx"), kgo.ConsumerGroup(topic+"-copiers"),
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.DefaultProduceTopic(topic+"-copy"),
		kgo.AllowAutoTopicCreation(), kgo.RequireStableFetchOffsets())
	check("a transactional session is made", err == nil, err)
	copied, round := 0, 0
	for copied < 500 {
		fetches := session.PollRecords(ctx, 100)
		must("a session polls", ctx.Err() == nil, copied)
		if fetches.NumRecords() == 0 {
			continue
		}
		round++
		must("a transaction begins", session.Begin() == nil, round)
		fetches.EachRecord(func(r *kgo.Record) { session.Produce(ctx, &kgo.Record{Value: r.Value}, nil) })
		committed, err := session.End(ctx, kgo.TransactionEndTry(round%2 == 0))
		must("a transaction ends", err == nil, err)
		if committed {
			copied += fetches.NumRecords()
		}
	}
	session.Close()
	reader, err := kgo.NewClient(kgo.SeedBrokers(servers...), kgo.ConsumeTopics(topic+"-copy"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	check("the reader of the copy is made", err == nil, err)
	seen, total := map[string]bool{}, 0
	for len(seen) < 500 && ctx.Err() == nil {
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) { seen[string(r.Value)] = true; total++ })
	}
	check("500 messages are copied, each once", len(seen) == 500 && total == 500, total)
	reader.Close()
}
