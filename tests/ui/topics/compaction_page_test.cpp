// The page of what cleaning would do: it reads no large topic unasked, and a setting that is only wished changes the picture and nothing else.
#include "models/changes/change_service.h"
#include "models/compaction/forecast_table_model.h"
#include "models/session/cluster_session.h"
#include "models/topics/setting_table_model.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/session_filler.h"
#include "tests/support/test_registry.h"
#include "ui/changes/settings_editor.h"
#include "ui/theme/style.h"
#include "ui/topics/compaction_page.h"
#include "ui/widgets/label.h"
#include "ui/widgets/table_view.h"

#include <QDateTime>
#include <QSignalSpy>
#include <QTest>

using namespace models;
using compaction::ForecastTableModel;
using session::SessionFiller;
using ui::topics::CompactionPage;

namespace {

constexpr int kWaitMs = 20'000;
const QString kTopic = QStringLiteral("customers <b>&");

client::ConfigEntry entry(const char* name, const char* value, client::ConfigSource source) {
    client::ConfigEntry made;
    made.name = QString::fromLatin1(name);
    made.value = QString::fromLatin1(value);
    made.source = source;
    made.isDefault = source == client::ConfigSource::Default;
    return made;
}

compaction::TopicSurvey survey() {
    compaction::TopicSurvey made;
    made.topic = kTopic;
    made.takenMs = QDateTime::currentMSecsSinceEpoch();
    for (int p = 0; p < 3; ++p) {
        compaction::PartitionSurvey one;
        one.partition = p;
        one.takenMs = made.takenMs;
        for (int i = 0; i < 5; ++i) {
            compaction::Slice slice;
            slice.first = i * 10;
            slice.next = slice.first + 10;
            slice.records = 10;
            slice.bytes = 1'000'000;
            slice.oldestMs = slice.newestMs = made.takenMs - (5 - i) * 60'000;
            slice.supersededBytes = i == 0 ? 0 : 500'000;
            one.slices.append(slice);
            one.segmentBases.append(slice.first);
            one.records += 10;
            one.bytes += slice.bytes;
        }
        one.end = 50;
        one.cleanAtMost = 10;
        made.partitions.append(one);
    }
    return made;
}

} // namespace

class CompactionPageTest : public QObject {
    Q_OBJECT
    tests::FakePageContext m_context;
    JobRunner m_jobs;
    std::unique_ptr<session::ClusterSession> m_session;
    std::unique_ptr<changes::ChangeService> m_changes;
    std::unique_ptr<CompactionPage> m_page;

    void show(qint64 bytes) {
        session::SessionConfig config;
        config.key = config.name = QStringLiteral("here");
        config.client.bootstrapServers = QStringLiteral("127.0.0.1:1");
        m_session = std::make_unique<session::ClusterSession>(config);
        SessionFiller::setState(*m_session, session::SessionState::Connected);
        SessionFiller::giveHandle(*m_session);
        const client::ConfigResource resource{client::ResourceKind::Topic, kTopic};
        SessionFiller::holdConfigs(*m_session, resource);
        SessionFiller::showConfigs(*m_session, resource,
            QList<client::ConfigEntry>{entry("cleanup.policy", "compact", client::ConfigSource::Topic), entry("min.compaction.lag.ms", "86400000", client::ConfigSource::Topic),
                entry("min.cleanable.dirty.ratio", "0.5", client::ConfigSource::Default), entry("segment.bytes", "1073741824", client::ConfigSource::Default), entry("other", "1", client::ConfigSource::Default)},
            1);
        session::TopicsSnapshot topics;
        session::Topic topic;
        topic.name = kTopic;
        topic.bytes = bytes;
        topic.partitions = {session::Partition{}, session::Partition{}, session::Partition{}};
        topics.topics = {topic};
        topics.rowOfName = {{kTopic, 0}};
        SessionFiller::show(*m_session, {}, topics, {}, 1);
        m_changes = std::make_unique<changes::ChangeService>(changes::targetOf(m_session.get()), nullptr);
        m_page = std::make_unique<CompactionPage>(m_context, m_session.get(), m_changes.get(), ui::topics::CompactionTools{&m_jobs, {}});
        m_page->resize(1200, 800);
        m_page->open({QStringLiteral("here"), QStringLiteral("compaction"), kTopic, {}});
        m_page->show();
    }
    [[nodiscard]] QString said() const {
        QStringList texts;
        for (auto* label : m_page->findChildren<ui::widgets::PlainLabel*>())
            if (label->isVisible())
                texts << label->text();
        return texts.join(u'\n');
    }
    void take() {
        QSignalSpy told(m_page->study(), &compaction::CompactionStudy::forecastChanged);
        m_page->study()->take(survey());
        QVERIFY(told.wait(kWaitMs));
    }

private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }
    void cleanup() {
        m_page.reset();
        m_changes.reset();
        m_session.reset();
    }

    void aLargeTopicIsReadWhenAskedTo() {
        show(300'000'000'000);
        QCOMPARE(m_page->study()->state(), compaction::CompactionStudy::State::Idle);
        QVERIFY2(said().contains(QStringLiteral("Not measured yet")), qPrintable(said()));
        QVERIFY2(said().contains(QStringLiteral("300 GB")), qPrintable(said()));
        QVERIFY(m_context.registry.find(QStringLiteral("compaction.measure"))->isEnabled());
        m_context.registry.find(QStringLiteral("compaction.measure"))->trigger();
        QCOMPARE(m_page->study()->state(), compaction::CompactionStudy::State::Measuring);
        // Nobody is there to be read: a reason, and the button to try again.
        QTRY_COMPARE_WITH_TIMEOUT(m_page->study()->state(), compaction::CompactionStudy::State::Failed, kWaitMs);
        QVERIFY2(said().contains(QStringLiteral("could not be measured")), qPrintable(said()));
    }

    void aSmallTopicIsMeasuredAtOnce() {
        show(1'000'000);
        QVERIFY(m_page->study()->state() != compaction::CompactionStudy::State::Idle);
    }

    void aWishChangesThePictureAndNothingElse() {
        show(300'000'000'000);
        take();
        ui::widgets::TableView* table = nullptr;
        for (auto* one : m_page->findChildren<ui::widgets::TableView*>())
            if (qobject_cast<ForecastTableModel*>(one->source()))
                table = one;
        QVERIFY(table);
        const auto goes = [&] { return table->model()->index(0, ForecastTableModel::GoesColumn).data().toString(); };
        QCOMPARE(table->shownCount(), 3);
        QCOMPARE(goes(), QStringLiteral("nothing")); // too young
        QCOMPARE(m_page->header().pills.size(), 1);
        auto* editor = m_page->findChild<ui::changes::SettingsEditor*>();
        QCOMPARE(editor->model()->rowCount(), 4); // of those that matter here, as far as the cluster tells them
        QSignalSpy told(m_page->study(), &compaction::CompactionStudy::forecastChanged);
        QVERIFY(editor->model()->wish(QStringLiteral("min.compaction.lag.ms"), QStringLiteral("0")));
        QVERIFY(told.wait(kWaitMs));
        QCOMPARE(goes(), QStringLiteral("1.5 MB now"));
        QCOMPARE(table->model()->index(0, ForecastTableModel::WhenColumn).data().toString(), QStringLiteral("now"));
        QVERIFY2(said().contains(QStringLiteral("nothing has been changed")), qPrintable(said()));
        QVERIFY2(said().contains(QStringLiteral("4.5 MB")), qPrintable(said()));
        QCOMPARE(m_page->header().pills.size(), 2);
        // The made-up cluster cannot be asked for a plan: that is said, and nothing can be applied.
        QTRY_VERIFY_WITH_TIMEOUT(!m_context.registry.find(QStringLiteral("compaction.apply"))->isEnabled(), kWaitMs);
        told.clear();
        m_context.registry.find(QStringLiteral("compaction.discard"))->trigger();
        QVERIFY(told.wait(kWaitMs));
        QCOMPARE(goes(), QStringLiteral("nothing"));
        QCOMPARE(m_page->header().pills.size(), 1);
    }

    void anotherTopicForgetsTheOneBefore() {
        show(300'000'000'000);
        take();
        m_page->open({QStringLiteral("here"), QStringLiteral("compaction"), QStringLiteral("other"), {}});
        QVERIFY(m_page->study()->survey() == nullptr);
        QVERIFY2(said().contains(QStringLiteral("There is no topic other")), qPrintable(said()));
    }
};

SAMSA_TEST(CompactionPageTest)
#include "compaction_page_test.moc"
