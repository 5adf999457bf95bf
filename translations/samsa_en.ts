<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
    <context>
        <name>Access</name>
        <message numerus="yes">
            <source>and %n more such change(s)</source>
            <translation>
                <numerusform>and %n more such change</numerusform>
                <numerusform>and %n more such changes</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source> and %n more</source>
            <translation>
                <numerusform> and %n more</numerusform>
                <numerusform> and %n more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>AccessPage</name>
        <message numerus="yes">
            <source>%Ln rule(s)</source>
            <translation>
                <numerusform>%Ln rule</numerusform>
                <numerusform>%Ln rules</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln principal(s)</source>
            <translation>
                <numerusform>%Ln principal</numerusform>
                <numerusform>%Ln principals</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln SCRAM user(s)</source>
            <translation>
                <numerusform>%Ln SCRAM user</numerusform>
                <numerusform>%Ln SCRAM users</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln rule(s) matching nothing</source>
            <translation>
                <numerusform>%Ln rule matching nothing</numerusform>
                <numerusform>%Ln rules matching nothing</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>AccessSentences</name>
        <message numerus="yes">
            <source> A denial wins over the %n rule(s) that would allow it.</source>
            <translation>
                <numerusform> A denial wins over the %n rule that would allow it.</numerusform>
                <numerusform> A denial wins over the %n rules that would allow it.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>AlertService</name>
        <message numerus="yes">
            <source>%Ln message(s)</source>
            <translation>
                <numerusform>%Ln message</numerusform>
                <numerusform>%Ln messages</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>BrokerCard</name>
        <message numerus="yes">
            <source>%Ln partition(s)</source>
            <translation>
                <numerusform>%Ln partition</numerusform>
                <numerusform>%Ln partitions</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Changes</name>
        <message numerus="yes">
            <source>%n partition(s)</source>
            <translation>
                <numerusform>%n partition</numerusform>
                <numerusform>%n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n replica(s)</source>
            <translation>
                <numerusform>%n replica</numerusform>
                <numerusform>%n replicas</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n group(s) read it: %1</source>
            <translation>
                <numerusform>%n group read it: %1</numerusform>
                <numerusform>%n groups read it: %1</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>it has %n member(s): stop them first</source>
            <translation>
                <numerusform>it has %n member: stop them first</numerusform>
                <numerusform>it has %n members: stop them first</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%1 has %n partition(s)</source>
            <translation>
                <numerusform>%1 has %n partition</numerusform>
                <numerusform>%1 has %n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source> and %n more</source>
            <translation>
                <numerusform> and %n more</numerusform>
                <numerusform> and %n more</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>it has %n member(s) now (%1): stop them first, new offsets are taken only while nobody reads</source>
            <translation>
                <numerusform>it has %n member now (%1): stop them first, new offsets are taken only while nobody reads</numerusform>
                <numerusform>it has %n members now (%1): stop them first, new offsets are taken only while nobody reads</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>The first offset for %n partition(s).</source>
            <translation>
                <numerusform>The first offset for %n partition.</numerusform>
                <numerusform>The first offset for %n partitions.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) (has) no offset afterwards: a consumer begins there where its auto.offset.reset says.</source>
            <translation>
                <numerusform>%n partition has no offset afterwards: a consumer begins there where its auto.offset.reset says.</numerusform>
                <numerusform>%n partitions have no offset afterwards: a consumer begins there where its auto.offset.reset says.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>No change for %n partition(s).</source>
            <translation>
                <numerusform>No change for %n partition.</numerusform>
                <numerusform>No change for %n partitions.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) as planned</source>
            <translation>
                <numerusform>%n partition as planned</numerusform>
                <numerusform>%n partitions as planned</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n principal(s)</source>
            <translation>
                <numerusform>%n principal</numerusform>
                <numerusform>%n principals</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n resource(s)</source>
            <translation>
                <numerusform>%n resource</numerusform>
                <numerusform>%n resources</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n rule(s) there</source>
            <translation>
                <numerusform>%n rule there</numerusform>
                <numerusform>%n rules there</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n rule(s) gone</source>
            <translation>
                <numerusform>%n rule gone</numerusform>
                <numerusform>%n rules gone</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n rule(s) still there</source>
            <translation>
                <numerusform>%n rule still there</numerusform>
                <numerusform>%n rules still there</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>CompactionPage</name>
        <message numerus="yes">
            <source>%n partitions are cleaned at once.</source>
            <translation>
                <numerusform>%n partitions are cleaned at once.</numerusform>
                <numerusform>%n partitions are cleaned at once.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n change(s) not applied</source>
            <translation>
                <numerusform>%n change not applied</numerusform>
                <numerusform>%n changes not applied</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Comparison</name>
        <message numerus="yes">
            <source>%n field(s) differ</source>
            <translation>
                <numerusform>%n field differs</numerusform>
                <numerusform>%n fields differ</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n only left</source>
            <translation>
                <numerusform>%n only left</numerusform>
                <numerusform>%n only left</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n only right</source>
            <translation>
                <numerusform>%n only right</numerusform>
                <numerusform>%n only right</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n the same</source>
            <translation>
                <numerusform>%n the same</numerusform>
                <numerusform>%n the same</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ConnectionTest</name>
        <message numerus="yes">
            <source>%n broker(s)</source>
            <translation>
                <numerusform>%n broker</numerusform>
                <numerusform>%n brokers</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n server(s)</source>
            <translation>
                <numerusform>%n server</numerusform>
                <numerusform>%n servers</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>and %n more</source>
            <translation>
                <numerusform>and %n more</numerusform>
                <numerusform>and %n more</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n kind(s) of request</source>
            <translation>
                <numerusform>%n kind of request</numerusform>
                <numerusform>%n kinds of request</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Connections</name>
        <message numerus="yes">
            <source>%n certificate(s)</source>
            <translation>
                <numerusform>%n certificate</numerusform>
                <numerusform>%n certificates</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Events</name>
        <message numerus="yes">
            <source>the cluster no longer lists it; it led %n partition(s)</source>
            <translation>
                <numerusform>the cluster no longer lists it; it led %n partition</numerusform>
                <numerusform>the cluster no longer lists it; it led %n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) without a leader</source>
            <translation>
                <numerusform>%n partition without a leader</numerusform>
                <numerusform>%n partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n leader(s) moved</source>
            <translation>
                <numerusform>%n leader moved</numerusform>
                <numerusform>%n leaders moved</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) have a leader again</source>
            <translation>
                <numerusform>%n partition have a leader again</numerusform>
                <numerusform>%n partitions have a leader again</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>it left the in-sync set of %n partition(s)</source>
            <translation>
                <numerusform>it left the in-sync set of %n partition</numerusform>
                <numerusform>it left the in-sync set of %n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>it joined the in-sync set of %n partition(s); every replica of it is in sync</source>
            <translation>
                <numerusform>it joined the in-sync set of %n partition; every replica of it is in sync</numerusform>
                <numerusform>it joined the in-sync set of %n partitions; every replica of it is in sync</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>it joined the in-sync set of %n partition(s)</source>
            <translation>
                <numerusform>it joined the in-sync set of %n partition</numerusform>
                <numerusform>it joined the in-sync set of %n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s)</source>
            <translation>
                <numerusform>%n partition</numerusform>
                <numerusform>%n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n replica(s)</source>
            <translation>
                <numerusform>%n replica</numerusform>
                <numerusform>%n replicas</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%1, %n member(s)</source>
            <translation>
                <numerusform>%1, %n member</numerusform>
                <numerusform>%1, %n members</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Groups</name>
        <message numerus="yes">
            <source>; the same with %n more</source>
            <translation>
                <numerusform>; the same with %n more</numerusform>
                <numerusform>; the same with %n more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>GroupsPage</name>
        <message numerus="yes">
            <source>%Ln member(s)</source>
            <translation>
                <numerusform>%Ln member</numerusform>
                <numerusform>%Ln members</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln group(s)</source>
            <translation>
                <numerusform>%Ln group</numerusform>
                <numerusform>%Ln groups</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln behind</source>
            <translation>
                <numerusform>%Ln behind</numerusform>
                <numerusform>%Ln behind</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>JsonNode</name>
        <message numerus="yes">
            <source>object, %n field(s)</source>
            <translation>
                <numerusform>object, %n field</numerusform>
                <numerusform>object, %n fields</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>MainWindow</name>
        <message numerus="yes">
            <source>%n job(s) running</source>
            <translation>
                <numerusform>%n job running</numerusform>
                <numerusform>%n jobs running</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>MessagesPage</name>
        <message numerus="yes">
            <source>%n partitions</source>
            <translation>
                <numerusform>%n partitions</numerusform>
                <numerusform>%n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%1 selected message(s)</source>
            <translation>
                <numerusform>%1 selected message</numerusform>
                <numerusform>%1 selected messages</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%1 message(s) that a search found</source>
            <translation>
                <numerusform>%1 message that a search found</numerusform>
                <numerusform>%1 messages that a search found</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln message(s) loaded around here</source>
            <translation>
                <numerusform>%Ln message loaded around here</numerusform>
                <numerusform>%Ln messages loaded around here</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Overview</name>
        <message numerus="yes">
            <source>leads %n partition(s)</source>
            <translation>
                <numerusform>leads %n partition</numerusform>
                <numerusform>leads %n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n replica(s) behind</source>
            <translation>
                <numerusform>%n replica behind</numerusform>
                <numerusform>%n replicas behind</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n broker(s) down</source>
            <translation>
                <numerusform>%n broker down</numerusform>
                <numerusform>%n brokers down</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) without a leader</source>
            <translation>
                <numerusform>%n partition without a leader</numerusform>
                <numerusform>%n partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n broker(s) paused</source>
            <translation>
                <numerusform>%n broker paused</numerusform>
                <numerusform>%n brokers paused</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n broker(s) starting</source>
            <translation>
                <numerusform>%n broker starting</numerusform>
                <numerusform>%n brokers starting</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) have %1 of %2 replicas</source>
            <translation>
                <numerusform>%n partition have %1 of %2 replicas</numerusform>
                <numerusform>%n partitions have %1 of %2 replicas</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) miss a replica</source>
            <translation>
                <numerusform>%n partition miss a replica</numerusform>
                <numerusform>%n partitions miss a replica</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>all is well: %n broker(s), every replica in sync</source>
            <translation>
                <numerusform>all is well: %n broker, every replica in sync</numerusform>
                <numerusform>all is well: %n brokers, every replica in sync</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n group(s), watched for too short a time to say how they keep up.</source>
            <translation>
                <numerusform>%n group, watched for too short a time to say how they keep up.</numerusform>
                <numerusform>%n groups, watched for too short a time to say how they keep up.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n group(s)</source>
            <translation>
                <numerusform>%n group</numerusform>
                <numerusform>%n groups</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>; %n more behind</source>
            <translation>
                <numerusform>; %n more behind</numerusform>
                <numerusform>; %n more behind</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>OverviewPage</name>
        <message numerus="yes">
            <source>%n broker(s)</source>
            <translation>
                <numerusform>%n broker</numerusform>
                <numerusform>%n brokers</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>PlanDialog</name>
        <message numerus="yes">
            <source>and %n more</source>
            <translation>
                <numerusform>and %n more</numerusform>
                <numerusform>and %n more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ReadBy</name>
        <message numerus="yes">
            <source>and %Ln more</source>
            <translation>
                <numerusform>and %Ln more</numerusform>
                <numerusform>and %Ln more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Replay</name>
        <message numerus="yes">
            <source>%n partition(s) of %1 have no leader now: it waits for them, and fails when they stay away.</source>
            <translation>
                <numerusform>%n partition of %1 have no leader now: it waits for them, and fails when they stay away.</numerusform>
                <numerusform>%n partitions of %1 have no leader now: it waits for them, and fails when they stay away.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>The topic %1 does not exist there. Create it first; with %n partition(s) each message can keep its own.</source>
            <translation>
                <numerusform>The topic %1 does not exist there. Create it first; with %n partition each message can keep its own.</numerusform>
                <numerusform>The topic %1 does not exist there. Create it first; with %n partitions each message can keep its own.</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>The target has no transactions yet and cannot begin one now: what keeps them needs %1 replicas (transaction.state.log.replication.factor), and %n broker(s) are up. It waits for more brokers; without transactions it need not.</source>
            <translation>
                <numerusform>The target has no transactions yet and cannot begin one now: what keeps them needs %1 replicas (transaction.state.log.replication.factor), and %n broker is up. It waits for more brokers; without transactions it need not.</numerusform>
                <numerusform>The target has no transactions yet and cannot begin one now: what keeps them needs %1 replicas (transaction.state.log.replication.factor), and %n brokers are up. It waits for more brokers; without transactions it need not.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ResetDialog</name>
        <message numerus="yes">
            <source>the %n chosen partition(s): %1</source>
            <translation>
                <numerusform>the %n chosen partition: %1</numerusform>
                <numerusform>the %n chosen partitions: %1</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>all that it has read, %n partition(s)</source>
            <translation>
                <numerusform>all that it has read, %n partition</numerusform>
                <numerusform>all that it has read, %n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>and %n more</source>
            <translation>
                <numerusform>and %n more</numerusform>
                <numerusform>and %n more</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>This group has %n member(s) now: %1. Kafka takes new offsets only while nobody reads, so stop them first; this form waits.</source>
            <translation>
                <numerusform>This group has %n member now: %1. Kafka takes new offsets only while nobody reads, so stop them first; this form waits.</numerusform>
                <numerusform>This group has %n members now: %1. Kafka takes new offsets only while nobody reads, so stop them first; this form waits.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>RuleDialog</name>
        <message numerus="yes">
            <source>and %n more</source>
            <translation>
                <numerusform>and %n more</numerusform>
                <numerusform>and %n more</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>SettingsEditor</name>
        <message numerus="yes">
            <source>%n change(s)</source>
            <translation>
                <numerusform>%n change</numerusform>
                <numerusform>%n changes</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>SettingsPage</name>
        <message numerus="yes">
            <source>%n set here</source>
            <translation>
                <numerusform>%n set here</numerusform>
                <numerusform>%n set here</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n read-only</source>
            <translation>
                <numerusform>%n read-only</numerusform>
                <numerusform>%n read-only</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n change(s) not applied</source>
            <translation>
                <numerusform>%n change not applied</numerusform>
                <numerusform>%n changes not applied</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n setting(s)</source>
            <translation>
                <numerusform>%n setting</numerusform>
                <numerusform>%n settings</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>StateView</name>
        <message numerus="yes">
            <source>%n second(s) so far</source>
            <translation>
                <numerusform>%n second so far</numerusform>
                <numerusform>%n seconds so far</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TestPanel</name>
        <message numerus="yes">
            <source>All is well: %n broker(s).</source>
            <translation>
                <numerusform>All is well: %n broker.</numerusform>
                <numerusform>All is well: %n brokers.</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TopicTableModel</name>
        <message numerus="yes">
            <source>%n partition(s) without a leader</source>
            <translation>
                <numerusform>%n partition without a leader</numerusform>
                <numerusform>%n partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partition(s) short of replicas</source>
            <translation>
                <numerusform>%n partition short of replicas</numerusform>
                <numerusform>%n partitions short of replicas</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TopicView</name>
        <message numerus="yes">
            <source>%Ln partition(s)</source>
            <translation>
                <numerusform>%Ln partition</numerusform>
                <numerusform>%Ln partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln partition(s) without a leader</source>
            <translation>
                <numerusform>%Ln partition without a leader</numerusform>
                <numerusform>%Ln partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln partition(s) short of a replica</source>
            <translation>
                <numerusform>%Ln partition short of a replica</numerusform>
                <numerusform>%Ln partitions short of a replica</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TopicsPage</name>
        <message numerus="yes">
            <source>%Ln topic(s)</source>
            <translation>
                <numerusform>%Ln topic</numerusform>
                <numerusform>%Ln topics</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln partition(s)</source>
            <translation>
                <numerusform>%Ln partition</numerusform>
                <numerusform>%Ln partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln partition(s) without a leader</source>
            <translation>
                <numerusform>%Ln partition without a leader</numerusform>
                <numerusform>%Ln partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%Ln partition(s) short of a replica</source>
            <translation>
                <numerusform>%Ln partition short of a replica</numerusform>
                <numerusform>%Ln partitions short of a replica</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>UserTableModel</name>
        <message numerus="yes">
            <source>%n rule(s)</source>
            <translation>
                <numerusform>%n rule</numerusform>
                <numerusform>%n rules</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Window</name>
        <message numerus="yes">
            <source>%n broker(s)</source>
            <translation>
                <numerusform>%n broker</numerusform>
                <numerusform>%n brokers</numerusform>
            </translation>
        </message>
    </context>
</TS>
