<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
    <context>
        <name>BrokerCard</name>
        <message numerus="yes">
            <source>%n partition(s)</source>
            <translation>
                <numerusform>%n partition</numerusform>
                <numerusform>%n partitions</numerusform>
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
        <name>GroupsPage</name>
        <message numerus="yes">
            <source>%n members</source>
            <translation>
                <numerusform>%n members</numerusform>
                <numerusform>%n members</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n groups</source>
            <translation>
                <numerusform>%n groups</numerusform>
                <numerusform>%n groups</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n fall behind</source>
            <translation>
                <numerusform>%n fall behind</numerusform>
                <numerusform>%n fall behind</numerusform>
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
            <source>%n partitions</source>
            <translation>
                <numerusform>%n partitions</numerusform>
                <numerusform>%n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partitions without a leader</source>
            <translation>
                <numerusform>%n partitions without a leader</numerusform>
                <numerusform>%n partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partitions miss a replica</source>
            <translation>
                <numerusform>%n partitions miss a replica</numerusform>
                <numerusform>%n partitions miss a replica</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>TopicsPage</name>
        <message numerus="yes">
            <source>%n topics</source>
            <translation>
                <numerusform>%n topics</numerusform>
                <numerusform>%n topics</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partitions</source>
            <translation>
                <numerusform>%n partitions</numerusform>
                <numerusform>%n partitions</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partitions without a leader</source>
            <translation>
                <numerusform>%n partitions without a leader</numerusform>
                <numerusform>%n partitions without a leader</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n partitions miss a replica</source>
            <translation>
                <numerusform>%n partitions miss a replica</numerusform>
                <numerusform>%n partitions miss a replica</numerusform>
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
