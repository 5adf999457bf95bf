#include "tests/ui/walk/stage.h"

#include "models/access/access_service.h"
#include "models/base/background.h"
#include "models/messages/message_window.h"
#include "models/metrics/metrics_store.h"
#include "tests/support/local_filler.h"
#include "tests/support/session_filler.h"
#include "ui/topics/compaction_page.h"

#include <QCoreApplication>
#include <QFile>
#include <QSignalSpy>

namespace tests {

using namespace models;
using namespace Qt::StringLiterals;
using session::SessionFiller;

namespace {

constexpr qint64 kNow = 1'800'000'000'000;

session::Topic topicOf(const QString& name, int partitions, bool trouble) {
    session::Topic topic;
    topic.name = name;
    topic.replicationFactor = 3;
    topic.messages = 48'812'975;
    topic.bytes = 21'300'000'000;
    topic.messagesPerSecond = 2431;
    topic.bytesPerSecond = 3'100'000;
    for (int i = 0; i < partitions; ++i) {
        session::Partition partition;
        partition.id = i;
        partition.leader = trouble && i == 0 ? -1 : 1 + i % 9;
        partition.replicas = {1, 2, 3};
        partition.inSync = trouble ? QList<int>{1, 2} : partition.replicas;
        partition.begin = 12'345'678;
        partition.end = 9'876'543'210;
        partition.bytes = 4'100'000;
        topic.partitions.append(partition);
    }
    // Every way in which a topic can keep its messages, and one that may not be asked.
    static const QList<std::optional<session::TopicKeeps>> keeps{session::TopicKeeps{u"compact,delete"_s, u"31536000000"_s, u"1099511627776"_s}, session::TopicKeeps{u"delete"_s, u"604800000"_s, u"-1"_s},
        session::TopicKeeps{u"compact"_s, u"-1"_s, u"-1"_s}, session::TopicKeeps{u"delete"_s, u"-1"_s, u"-1"_s}, std::nullopt, session::TopicKeeps{u"delete"_s, u"3600000"_s, u"1073741824"_s}};
    topic.keeps = keeps[name.size() > 40 ? 0 : qHash(name, 0) % keeps.size()];
    topic.underReplicated = trouble ? partitions : 0;
    topic.offline = trouble ? 1 : 0;
    return topic;
}

/// Answers on the spot: nothing, an error, or rows.
class MadeUpSource : public messages::RecordSource {
public:
    MadeUpSource(State state, messages::SourceHandler handler) : m_state(state), m_handler(std::move(handler)) {}
    void start() override {}
    void stop() override {}
    void open(quint64 number, const messages::OpenAt&, double, const QSet<int>&) override {
        messages::Opened opened;
        const qint64 end = m_state == State::Full ? Stage::kRows : 0;
        opened.spans.insert(0, {0, end});
        opened.position.insert(0, end);
        if (m_state == State::Failed)
            m_handler.opened(number, fail(ErrorCode::Unreachable, u"read orders"_s, u"Connection refused (kafka-1.example.org:9092)"_s));
        else if (m_state != State::Loading)
            m_handler.opened(number, opened);
    }
    void read(quint64 number, bool forward, const QList<messages::Range>& ranges) override {
        QList<messages::Piece> pieces;
        for (const auto& range : ranges) {
            messages::Piece piece{range, range.to, {}, std::nullopt};
            for (qint64 offset = range.from; offset < range.to; ++offset) {
                client::Record record;
                record.partition = range.partition;
                record.offset = offset;
                record.timestampMs = kNow + offset;
                record.key = QByteArray("customer-") + QByteArray::number(offset);
                record.headers = {{QByteArray("trace"), QByteArray("0af7651916cd43dd8448eb211c80319c")}};
                record.value = offset % 7 == 0 ? QByteArray("<b>not bold</b> \xE2\x80\xAE gnirts a") : QByteArray(R"({"order":{"id":)") + QByteArray::number(offset) + R"(,"lines":[1,2,3]}})";
                if (offset == Stage::kRows - 1)
                    record.value = QByteArray(1 << 20, 'x');
                piece.records.append(record);
            }
            pieces.append(piece);
        }
        m_handler.read(number, forward, pieces);
    }
    void watch(quint64, int) override {}

private:
    State m_state;
    messages::SourceHandler m_handler;
};

} // namespace

QString Stage::longTopic() { return u"a.topic.with.the.longest.name.that.kafka.takes."_s + QString(202, u'x'); }
QString Stage::hostileGroup() { return u"<b>billing</b> & \u202Egnillib\u202C, the group with a name that nobody should give to any group"_s; }
QStringList Stage::data() const { return {longTopic(), longTopic().left(40), hostileGroup(), u"example-with-a-long-name"_s, u"payments in production"_s, u"ended by signal 9"_s, m_home.path()}; }

Stage::Stage(State state) : m_state(state) {
    qputenv("SAMSA_HOME", m_home.path().toLocal8Bit());
    m_services = std::make_unique<app::desktop::Services>();
    // What the database holds (nothing) comes first: it replaces what is known by then.
    QSignalSpy loaded(m_services->connections.get(), &connections::ConnectionStore::loaded);
    if (!m_services->connections->isLoaded() && !loaded.wait(30'000))
        qFatal("the connections were not read");
    m_windowState = std::make_unique<ui::shell::WindowState>(m_home.filePath(u"window.json"_s));
    m_appearance = std::make_unique<ui::theme::Appearance>(ui::theme::Choice::Light);
    m_window = std::make_unique<app::desktop::Window>(*m_services, *m_windowState, *m_appearance);
    for (const QString& name : {u"payments in production, with a long name"_s, u"orders-dev"_s}) {
        connections::ConnectionProfile profile;
        profile.name = name;
        profile.production = name.startsWith(u"payments");
        profile.config.bootstrapServers = u"127.0.0.1:1"_s;
        const QString key = m_services->connections->save(profile);
        (profile.production ? m_production : m_cluster) = key;
    }
    m_session = m_services->session(m_cluster);
    // Being somewhere else than Idle keeps the window from connecting by itself.
    SessionFiller::setState(*m_session, state == State::Failed ? session::SessionState::Failed : session::SessionState::Connecting,
        state == State::Failed ? Error{ErrorCode::Unreachable, u"connect to orders-dev"_s, u"Connection refused (kafka-1.example.org:9092)"_s, 0} : Error{});
    m_window->main().show();
    m_window->main().activateWindow();
    m_window->start(ui::shell::Location{m_cluster, u"messages"_s, u"orders"_s, {}});
    serveMessages();
    if (state != State::Loading)
        SessionFiller::giveHandle(*m_session);
    fill();
    if (state == State::Full)
        fillLocal();
    settle();
}

Stage::~Stage() {
    m_window.reset();
    m_appearance.reset();
    m_windowState.reset();
    m_services.reset();
}

void Stage::serveMessages() {
    if (auto* window = main().page()->findChild<messages::MessageWindow*>())
        window->setSource([state = m_state](const client::ClientConfig&, const QString&, bool, messages::SourceHandler handler) { return std::make_shared<MadeUpSource>(state, std::move(handler)); });
}

void Stage::fill() {
    for (const QString& name : {longTopic(), u"orders"_s}) {
        const client::ConfigResource resource{client::ResourceKind::Topic, name};
        SessionFiller::holdConfigs(*m_session, resource);
        if (m_state == State::Failed)
            SessionFiller::showConfigs(*m_session, resource, fail(ErrorCode::NotAuthorized, u"settings of orders"_s, u"Topic authorization failed"_s), kNow);
        if (m_state != State::Full)
            continue;
        QList<client::ConfigEntry> entries;
        for (int i = 0; i < 40; ++i) {
            client::ConfigEntry entry;
            const auto names = compaction::CompactionSettings::names();
            entry.name = i == 0 ? u"retention.ms"_s : i <= names.size() && names[i - 1] != u"retention.ms"_s ? names[i - 1] : u"a.setting.with.a.rather.long.name.%1"_s.arg(i);
            entry.value = entry.name == u"cleanup.policy"_s ? u"compact"_s : entry.name == u"min.cleanable.dirty.ratio"_s ? u"0.5"_s : entry.name == u"min.compaction.lag.ms"_s ? u"0"_s : entry.name.endsWith(u".bytes"_s) ? u"1073741824"_s : u"604800000"_s;
            entry.isDefault = i > 2;
            entry.source = i > 2 ? client::ConfigSource::Default : client::ConfigSource::Topic;
            entries.append(entry);
        }
        SessionFiller::showConfigs(*m_session, resource, entries, kNow);
    }
    fillBrokerConfigs();
    if (m_state == State::Loading || m_state == State::Failed)
        return;
    session::BrokersSnapshot brokers;
    session::TopicsSnapshot topics;
    session::GroupsSnapshot groups;
    brokers.clusterId = u"MkU3OEVBNTcwNTJENDM2Qk"_s;
    for (int id = 1; id <= (m_state == State::Full ? 9 : 3); ++id) {
        session::Broker broker;
        broker.id = id;
        broker.host = u"kafka-%1.example-with-a-long-name.org"_s.arg(id);
        broker.port = 9092;
        broker.state = m_state == State::Full && id == 2 ? session::BrokerState::Down : session::BrokerState::Up;
        broker.quorumLeader = id == 1;
        broker.leaders = 1234;
        broker.replicas = 3702;
        broker.notInSync = id == 3 ? 17 : 0;
        broker.bytes = 21'300'000'000;
        broker.bytesInPerSecond = 3'100'000;
        broker.messagesPerSecond = 2431;
        brokers.brokers.append(broker);
    }
    if (m_state == State::Full) {
        topics.topics.append(topicOf(longTopic(), 12, true));
        topics.topics.append(topicOf(u"orders"_s, 6, false));
        for (int i = 2; i < kRows; ++i)
            topics.topics.append(topicOf(u"topic-%1"_s.arg(i, 5, 10, QLatin1Char('0')), 3, i % 500 == 0));
        for (const auto& topic : topics.topics) {
            topics.partitions += static_cast<int>(topic.partitions.size());
            topics.underReplicated += topic.underReplicated;
            topics.offline += topic.offline;
            topics.rowOfName.insert(topic.name, static_cast<int>(topics.rowOfName.size()));
        }
        topics.messages = 488'129'750'000;
        topics.bytes = 213'000'000'000;
        const qint64 today = QDateTime::currentMSecsSinceEpoch();
        for (int i = 0; i < kRows; ++i) {
            session::Group group;
            group.id = i == 0 ? hostileGroup() : u"group-%1"_s.arg(i, 5, 10, QLatin1Char('0'));
            group.state = i % 3 == 0 ? u"Stable"_s : u"PreparingRebalance"_s;
            group.type = u"Classic"_s;
            group.assignor = u"cooperative-sticky"_s;
            group.coordinator = 1 + i % 9;
            group.lag = 48'812'975;
            group.lagPerSecond = 120;
            group.pace = i % 3 == 0 ? session::GroupPace::FallingBehind : session::GroupPace::UpToDate;
            group.unreadSinceMs = today - 90'000;
            group.unreadAtLeast = i % 2 == 0;
            group.judgement = {static_cast<session::Verdict>((i + 4) % 6), {longTopic(), 3}, 4, i % 2 == 0, today - 150'000, 9'876'543, 48'812'975};
            for (int p = 0; i < 2 && p < 12; ++p) {
                group.partitions.append({{longTopic(), p}, 12'345'678, 9'876'543'210, 48'812'975, u"consumer-1-0af76519-16cd-43dd-8448-eb211c80319c"_s, u"consumer-1"_s, u"/10.200.30.40"_s,
                    today - 90'000, true, {static_cast<session::Verdict>(p % 6), {longTopic(), p}, 0, true, today - 150'000, 9'876'543, 48'812'975}});
                client::GroupMember member;
                member.memberId = u"consumer-%1-0af76519-16cd-43dd-8448-eb211c80319c"_s.arg(p);
                member.clientId = u"consumer-%1"_s.arg(p);
                member.host = u"/10.200.30.40"_s;
                member.assignment = {{longTopic(), p}};
                group.members.append(member);
            }
            groups.groups.append(group);
        }
        for (int second = 0; second < 300; ++second)
            m_session->metrics()->addRound(QDateTime::currentMSecsSinceEpoch() - (300 - second) * 1000LL,
                {{{metrics::Quantity::MessagesPerSecond, metrics::Scope::Topic, longTopic()}, 2400.0 + second}, {{metrics::Quantity::MessagesPerSecond, metrics::Scope::Topic, u"orders"_s}, 1200.0},
                    {{metrics::Quantity::MessagesPerSecond, metrics::Scope::Cluster, {}}, 3600.0}, {{metrics::Quantity::Lag, metrics::Scope::Group, hostileGroup()}, 900.0 * second}});
        for (int i = 0; i < 40; ++i) {
            session::Event event;
            event.wallMs = kNow + i;
            event.kind = i % 2 ? session::EventKind::LeadersMoved : session::EventKind::BrokerDied;
            event.severity = i % 3;
            event.broker = 2;
            event.title = i % 2 ? u"14 leaders moved"_s : u"broker 2 died"_s;
            event.detail = u"its sockets closed; process ended by signal 9 (Killed)"_s;
            m_session->events()->add(event);
        }
    } else {
        topics.messages = topics.bytes = 0;
    }
    SessionFiller::setState(*m_session, session::SessionState::Connected);
    SessionFiller::show(*m_session, brokers, topics, groups, kNow);
}

void Stage::fillBrokerConfigs() {
    for (int id = 1; id <= 9; ++id) {
        const client::ConfigResource resource{client::ResourceKind::Broker, QString::number(id)};
        SessionFiller::holdConfigs(*m_session, resource);
        if (m_state != State::Full)
            continue;
        QList<client::ConfigEntry> entries;
        for (int i = 0; i < 250; ++i) {
            client::ConfigEntry entry;
            entry.name = i == 0 ? u"log.cleaner.min.cleanable.ratio"_s : i == 1 ? u"ssl.keystore.password"_s : u"a.broker.setting.with.a.rather.long.name.%1"_s.arg(i);
            entry.value = i == 0 ? u"0.5"_s : i == 2 ? u"<b>not bold</b> \u202E"_s + QString(400, u'x') : u"1073741824"_s;
            entry.sensitive = i == 1;
            entry.readOnly = i % 3 == 2;
            entry.source = i % 5 == 0 ? client::ConfigSource::DynamicDefaultBroker : i % 5 == 1 ? client::ConfigSource::StaticBroker : client::ConfigSource::Default;
            entry.isDefault = i % 5 > 1;
            entry.synonyms = {{entry.name, *entry.value, entry.source}, {entry.name, u"0.25"_s, client::ConfigSource::Default}};
            entries.append(entry);
        }
        SessionFiller::showConfigs(*m_session, resource, entries, kNow);
    }
}

void Stage::fillCompaction() {
    auto* page = qobject_cast<ui::topics::CompactionPage*>(main().page());
    if (page == nullptr || m_state != State::Full || page->study()->survey() != nullptr)
        return;
    compaction::TopicSurvey survey;
    survey.topic = u"orders"_s;
    survey.takenMs = QDateTime::currentMSecsSinceEpoch() - 5000;
    survey.bytesRead = 3'200'000'000;
    for (int p = 0; p < 60; ++p) {
        compaction::PartitionSurvey one;
        one.partition = p;
        one.takenMs = survey.takenMs;
        for (int i = 0; i < 40; ++i) {
            compaction::Slice slice;
            slice.first = i * 100'000LL;
            slice.next = slice.first + 100'000;
            slice.records = 90'000;
            slice.bytes = 20'000'000.0 + 300'000 * ((p * 7 + i) % 11);
            slice.oldestMs = survey.takenMs - (40 - i) * 3'600'000LL;
            slice.newestMs = slice.oldestMs + 3'599'000;
            slice.supersededBytes = i < 20 ? 0 : 7'000'000 + 200'000.0 * (p % 5);
            slice.supersededRecords = slice.supersededBytes / 220;
            slice.supersededCleanBytes = slice.supersededBytes * 0.6;
            slice.tombstones = 40;
            one.slices.append(slice);
            one.segmentBases.append(slice.first);
            one.records += slice.records;
            one.bytes += slice.bytes;
        }
        one.end = one.slices.last().next;
        one.cleanOffset = 2'000'000 + (p % 6) * 300'000;
        one.tombstones = 1600;
        one.keys = 1'200'000;
        one.repeatedKeys = 312'000;
        one.deadlines = {{survey.takenMs + 7'200'000, 800}};
        survey.partitions.append(one);
    }
    survey.fromFiles = true;
    page->study()->take(survey);
    QSignalSpy reckoned(page->study(), &compaction::CompactionStudy::forecastChanged);
    if (!reckoned.wait(30'000))
        qFatal("the forecast did not come");
}

void Stage::serveAccess() {
    auto* service = main().page()->findChild<access::AccessService*>();
    if (!service || service->rulesState() != access::PartState::Unknown)
        return;
    service->setSource([](const client::ClientConfig&, const std::function<void(access::AccessAnswers)>&) {}); // nobody answers
    const Error refused{ErrorCode::NotAuthorized, u"ACLs"_s, u"Cluster authorization failed."_s, 31};
    if (m_state == State::Failed) // reached, and refused: a page of its own beside "nobody answers"
        service->take({std::unexpected(refused), std::unexpected(refused)});
    else if (m_state == State::Empty)
        service->take({QList<client::AclRule>(), QList<client::ScramUser>()});
    if (m_state != State::Full)
        return;
    QList<client::AclRule> rules;
    QList<client::ScramUser> users;
    for (int i = 0; i < kRows; ++i) {
        client::AclRule rule;
        rule.principal = i < 4 ? u"User:"_s + hostileGroup() : u"User:service-%1"_s.arg(i % 200);
        rule.name = i == 0 ? longTopic() : u"topic-%1"_s.arg(i, 5, 10, QLatin1Char('0'));
        rule.pattern = i % 5 == 1 ? client::AclPattern::Prefixed : client::AclPattern::Literal;
        rule.operation = i % 3 == 0 ? client::AclOperation::Write : client::AclOperation::Describe;
        rule.permission = i % 7 == 0 ? client::AclPermission::Deny : client::AclPermission::Allow;
        rule.host = i % 11 == 10 ? u"10.200.30.40"_s : u"*"_s;
        rules.append(rule);
    }
    for (int i = 0; i < 300; ++i)
        users.append({i == 0 ? hostileGroup() : u"service-%1"_s.arg(i, 3, 10, QLatin1Char('0')), {{client::ScramMechanism::Sha256, 4096}, {client::ScramMechanism::Sha512, 8192}}});
    service->take({rules, users});
}

void Stage::fillLocal() {
    using localcluster::NodeState;
    QFile log(m_home.filePath(u"broker.log"_s));
    if (log.open(QIODevice::WriteOnly))
        for (int i = 0; i < 500; ++i)
            log.write("[2026-11-26 16:00:00.123] INFO  partition orders-3: the high watermark is 48,812,975; <b>not bold</b> and a line that goes on for longer than any window is wide\n");
    localcluster::LocalCluster cluster;
    cluster.name = u"local"_s;
    cluster.bootstrapServers = u"localhost:19091,localhost:19092,localhost:19093"_s;
    cluster.dataDirectory = m_home.filePath(u"clusters/local"_s);
    cluster.engine = u"samsa"_s;
    cluster.up = cluster.leased = true;
    session::BrokersSnapshot brokers;
    const auto since = QDateTime::fromMSecsSinceEpoch(kNow);
    for (const auto state : {NodeState::Running, NodeState::Killed, NodeState::Paused, NodeState::Starting, NodeState::Crashed}) {
        const int id = static_cast<int>(cluster.nodes.size()) + 1;
        const bool dead = state == NodeState::Killed || state == NodeState::Crashed;
        cluster.nodes.append({id, dead ? 0 : 4000 + id, static_cast<quint16>(19090 + id), state, id == 1, m_home.path(), log.fileName(), since,
            dead ? u"ended by signal 9 (Killed) while it was writing to partition orders-3"_s : QString()});
        session::Broker broker;
        broker.id = id;
        broker.host = u"localhost"_s;
        broker.port = 19090 + id;
        broker.state = dead ? session::BrokerState::Down : session::BrokerState::Up;
        broker.quorumLeader = id == 1;
        broker.leaders = dead ? 0 : 1234;
        broker.replicas = 3702;
        broker.notInSync = dead ? 3702 : 17;
        broker.bytes = 21'300'000'000;
        broker.bytesInPerSecond = 3'100'000;
        broker.messagesPerSecond = 2431;
        brokers.brokers.append(broker);
    }
    localcluster::LocalFiller::show(m_services->local, cluster);
    m_localCluster = app::desktop::Services::localKey(cluster.name);
    auto* session = m_services->session(m_localCluster);
    SessionFiller::setState(*session, session::SessionState::Connecting);
    SessionFiller::giveHandle(*session);
    SessionFiller::setState(*session, session::SessionState::Connected);
    session::TopicsSnapshot topics;
    topics.messages = topics.bytes = 0;
    SessionFiller::show(*session, brokers, topics, {}, kNow);
}

void Stage::goLocal(const QString& kind) {
    main().go({m_localCluster, kind, {}, {}});
    settle();
}

void Stage::go(const QString& kind, const QString& name) {
    QMap<QString, QString> view;
    if (kind == u"access" && name == u"users")
        view = {{u"show"_s, u"users"_s}};
    else if (kind == u"access" && !name.isEmpty())
        view = {{u"resource"_s, u"Topic"_s}, {u"of"_s, longTopic()}};
    main().go({kind == u"welcome" || kind == u"gallery" ? QString() : m_cluster, kind, view.contains(u"show"_s) ? QString() : name, view});
    if (kind == u"access")
        serveAccess();
    if (kind == u"compaction")
        fillCompaction();
    settle();
}

void Stage::goProduction(bool unlocked) {
    auto* session = m_services->session(m_production);
    if (session->state() == session::SessionState::Idle)
        SessionFiller::setState(*session, session::SessionState::Connecting);
    if (unlocked)
        session->unlockFor(std::chrono::minutes(15));
    else
        session->setReadOnly(true);
    main().go({m_production, u"topics"_s, {}, {}});
    settle();
}

void Stage::resize(const QSize& size) {
    main().resize(size);
    settle();
}

void Stage::settle() {
    // Overview gathers snapshots for 30 ms; layouts and answers are posted; long lists are sorted elsewhere.
    for (int i = 0; i < 4; ++i) {
        QCoreApplication::sendPostedEvents();
        QCoreApplication::processEvents();
        tableWorker().waitForDone();
    }
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    // What a timer wrote in the last of these turns has not been laid out yet.
    QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
}

} // namespace tests
