// Connections as a user makes them: the dialog, the vault, production clusters locked and unlocked.
#include "models/changes/change_service.h"
#include "tests/support/session_filler.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"
#include "tests/ui/connections/desk.h"
#include "ui/connections/connection_dialog.h"
#include "ui/connections/test_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>

using namespace models;
using namespace Qt::StringLiterals;
using tests::Desk;

namespace {

bool shows(QWidget* in, const QString& text) {
    for (auto* label : in->findChildren<QLabel*>())
        if (label->isVisible() && label->text().contains(text))
            return true;
    return false;
}

} // namespace

class ConnectionsWindowTest : public QObject {
    Q_OBJECT
    std::unique_ptr<QTemporaryDir> m_home;

    QString saveProduction(Desk& desk) {
        connections::ConnectionProfile profile;
        profile.name = u"payments"_qs;
        profile.production = true;
        profile.config.bootstrapServers = u"127.0.0.1:1"_qs;
        return desk.services->connections->save(profile);
    }

private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }
    void init() { m_home = std::make_unique<QTemporaryDir>(); }

    // ---- production -------------------------------------------------------------------------------------------------------------
    void aProductionClusterIsLockedUntilItsNameIsTyped() {
        Desk desk(m_home->path());
        const QString key = saveProduction(desk);
        auto* session = desk.services->session(key);
        QVERIFY(session::SessionFiller::giveHandle(*session));
        session::SessionFiller::setState(*session, session::SessionState::Connected);
        session::SessionFiller::show(*session, {}, {}, {}, 1);
        desk.main().go({key, u"topics"_qs, {}, {}});
        auto* create = desk.action("topics.create");
        QVERIFY(create && !create->isEnabled());
        QVERIFY(shows(&desk.main(), u"payments is a production cluster. It is locked"_qs));
        QVERIFY(!desk.action("cluster.lock")->isEnabled());

        // The models refuse it, whatever a page does.
        auto* changes = desk.services->changes(key);
        changes::Plan plan;
        plan.change = changes::DeleteTopic{u"orders"_qs};
        plan.title = u"Delete topic orders"_qs;
        std::optional<Result<changes::Applied>> outcome;
        changes->apply(plan, this, [&](const Result<changes::Applied>& applied) { outcome = applied; });
        QTRY_VERIFY(outcome.has_value());
        QVERIFY(!outcome->has_value() && outcome->error().code == ErrorCode::ReadOnly);

        desk.action("cluster.unlock")->trigger();
        auto* dialog = desk.dialog();
        QVERIFY(dialog);
        auto* unlock = Desk::button(dialog, u"Unlock"_qs);
        auto* name = dialog->findChild<QLineEdit*>();
        QVERIFY(unlock && name && !unlock->isEnabled());
        QTest::keyClicks(name, u"payment"_qs);
        QVERIFY(!unlock->isEnabled());
        QTest::keyClicks(name, u"s"_qs);
        QVERIFY(unlock->isEnabled());
        QTest::keyClick(name, Qt::Key_Return);
        QTRY_VERIFY(!session->isReadOnly());
        QVERIFY(session->unlockedUntilMs() > QDateTime::currentMSecsSinceEpoch() + 4 * 60'000);
        QTRY_VERIFY(create->isEnabled());
        QVERIFY(shows(&desk.main(), u"Unlocked until"_qs));
        QVERIFY(!changes->refusal().has_value());
        QVERIFY(!desk.action("cluster.unlock")->isEnabled());

        desk.action("cluster.lock")->trigger();
        QVERIFY(session->isReadOnly());
        QTRY_VERIFY(!create->isEnabled());
        QVERIFY(shows(&desk.main(), u"It is locked"_qs));
        QVERIFY(changes->refusal()->code == ErrorCode::ReadOnly);
    }

    void itLocksItselfAgain() {
        session::ClusterSession session([] {
            session::SessionConfig config;
            config.production = config.readOnly = true;
            return config;
        }());
        QSignalSpy changed(&session, &session::ClusterSession::readOnlyChanged);
        session.unlockFor(std::chrono::milliseconds(1));
        QTRY_VERIFY(changed.size() == 2 && changed[1][0].toBool());
        QVERIFY(session.isReadOnly());
        QCOMPARE(session.unlockedUntilMs(), 0);
        session.unlockFor(std::chrono::hours(1));
        QVERIFY(!session.isReadOnly() && session.isProtected());
    }

    // ---- the dialog -------------------------------------------------------------------------------------------------------------
    void whatIsPastedFillsTheForm() {
        Desk desk(m_home->path());
        desk.action("file.addConnection")->trigger();
        auto* dialog = qobject_cast<ui::connections::ConnectionDialog*>(desk.dialog());
        QVERIFY(dialog);
        QGuiApplication::clipboard()->setText(u"bootstrap.servers=kafka.example.org:9093\nsecurity.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\nsasl.username=alice\nsasl.password=planted\nclient.rack=eu-1"_qs);
        Desk::field(dialog, u"Servers"_qs)->setFocus();
        QTest::keySequence(Desk::field(dialog, u"Servers"_qs), QKeySequence::Paste);
        QCOMPARE(Desk::field(dialog, u"Servers"_qs)->text(), u"kafka.example.org:9093"_qs);
        QCOMPARE(Desk::field(dialog, u"User"_qs)->text(), u"alice"_qs);
        auto* password = Desk::field(dialog, u"Password"_qs);
        QCOMPARE(password->text(), u"planted"_qs);
        QVERIFY(password->echoMode() == QLineEdit::Password);
        QVERIFY(Desk::field(dialog, u"Trusted CA"_qs));
        QVERIFY(!Desk::field(dialog, u"Client ID"_qs));
        auto* name = Desk::field(dialog, u"Name"_qs);
        QCOMPARE(name->text(), u"kafka.example.org"_qs); // to go on with
        auto* connect = Desk::button(dialog, u"Connect"_qs);
        QVERIFY(connect->isEnabled());
        name->selectAll();
        QTest::keyClick(name, Qt::Key_Delete);
        QVERIFY(shows(dialog, u"It needs a name."_qs));
        QVERIFY(!connect->isEnabled());
        QTest::keyClicks(name, u"analytics"_qs);
        QVERIFY(connect->isEnabled());
        QTest::keySequence(Desk::field(dialog, u"Servers"_qs), QKeySequence::Paste);
        QCOMPARE(name->text(), u"analytics"_qs);
    }

    void aPastedCertificateIsNotShown() {
        Desk desk(m_home->path());
        desk.action("file.addConnection")->trigger();
        auto* dialog = desk.dialog();
        QGuiApplication::clipboard()->setText(u"kafka.example.org:9093"_qs);
        QTest::keyClicks(Desk::field(dialog, u"Name"_qs), u"analytics"_qs);
        QTest::keyClicks(Desk::field(dialog, u"Servers"_qs), u"kafka.example.org:9093"_qs);
        for (auto* box : dialog->findChildren<QComboBox*>())
            if (box->accessibleName() == u"Security"_qs)
                box->setCurrentIndex(1);
        auto* authority = Desk::field(dialog, u"Trusted CA"_qs);
        QVERIFY(authority);
        authority->setFocus();
        QGuiApplication::clipboard()->setText(u"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"_qs);
        QTest::keySequence(authority, QKeySequence::Paste);
        QVERIFY2(authority->isReadOnly() && !authority->text().contains(u"BEGIN"_qs), qPrintable(authority->text()));
        QTest::mouseClick(Desk::button(dialog, u"Save"_qs), Qt::LeftButton);
        const auto& profile = desk.services->connections->profiles().first();
        QCOMPARE(profile.config.properties.value(u"ssl.ca.pem"_qs).count(u"BEGIN CERTIFICATE"_qs), 2);
    }

    void theTestNamesTheStep() {
        tests::WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        Desk desk(m_home->path());
        connections::ConnectionProfile profile;
        profile.name = u"analytics"_qs;
        profile.config.bootstrapServers = QString::fromStdString(broker.address());
        profile.config.set(u"security.protocol"_qs, u"SASL_PLAINTEXT"_qs);
        profile.config.set(u"sasl.mechanisms"_qs, u"PLAIN"_qs);
        profile.config.set(u"sasl.username"_qs, u"alice"_qs);
        profile.config.set(u"sasl.password"_qs, u"wrong"_qs);
        ui::connections::ConnectionDialog dialog(profile, desk.services->secrets.get(), &desk.main());
        dialog.open();
        QTest::mouseClick(Desk::button(&dialog, u"Test"_qs), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(shows(&dialog, u"Login: The login was refused"_qs), 20'000);
        auto* password = Desk::field(&dialog, u"Password"_qs);
        password->selectAll();
        QTest::keyClicks(password, u"right"_qs);
        QVERIFY(!shows(&dialog, u"The login was refused"_qs)); // a verdict about other settings is gone
        QTest::mouseClick(Desk::button(&dialog, u"Test"_qs), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(shows(&dialog, u"All is well"_qs), 20'000);
    }

    // ---- the vault --------------------------------------------------------------------------------------------------------------
    void aVaultIsMadeAndAskedForAtTheNextStart() {
        tests::WireBroker broker;
        broker.plainUsers = {{"alice", "right"}};
        broker.start();
        QString key;
        {
            Desk desk(m_home->path());
            desk.action("file.addConnection")->trigger();
            auto* dialog = desk.dialog();
            QGuiApplication::clipboard()->setText(u"bootstrap.servers=%1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=alice\nsasl.password=right"_qs.arg(QString::fromStdString(broker.address())));
            QTest::mouseClick(Desk::button(dialog, u"Paste"_qs), Qt::LeftButton);
            Desk::field(dialog, u"Name"_qs)->selectAll();
            QTest::keyClicks(Desk::field(dialog, u"Name"_qs), u"analytics"_qs);
            QTest::mouseClick(Desk::button(dialog, u"Save"_qs), Qt::LeftButton);
            auto* vault = desk.dialog();
            QVERIFY(vault && vault != dialog);
            QTest::keyClicks(Desk::field(vault, u"Master password"_qs), u"a few words"_qs);
            QTest::keyClicks(Desk::field(vault, u"Once more"_qs), u"a few word"_qs);
            QVERIFY(!Desk::button(vault, u"Make the vault"_qs)->isEnabled());
            QTest::keyClicks(Desk::field(vault, u"Once more"_qs), u"s"_qs);
            QTest::mouseClick(Desk::button(vault, u"Make the vault"_qs), Qt::LeftButton);
            QTRY_COMPARE_WITH_TIMEOUT(desk.services->connections->profiles().size(), 1, 30'000);
            key = desk.services->connections->profiles()[0].id;
            QVERIFY(desk.services->connections->profiles()[0].place == connections::SecretPlace::Vault);
        }
        Desk desk(m_home->path());
        desk.main().go({key, u"topics"_qs, {}, {}});
        auto* session = desk.services->session(key);
        QVERIFY(session->state() == session::SessionState::Failed);
        QVERIFY(session->stateError().code == ErrorCode::Locked);
        QVERIFY(shows(&desk.main(), u"analytics keeps its secrets in the vault, which is locked."_qs));
        auto* unlock = Desk::button(&desk.main(), u"Unlock the vault…"_qs);
        QVERIFY(unlock && unlock->isVisible());
        QTest::mouseClick(unlock, Qt::LeftButton);
        auto* dialog = desk.dialog();
        QVERIFY(dialog);
        QTest::keyClicks(Desk::field(dialog, u"Master password"_qs), u"wrong words"_qs);
        QTest::mouseClick(Desk::button(dialog, u"Unlock"_qs), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(shows(dialog, u"This is not the master password."_qs), 30'000);
        Desk::field(dialog, u"Master password"_qs)->selectAll();
        QTest::keyClicks(Desk::field(dialog, u"Master password"_qs), u"a few words"_qs);
        QTest::mouseClick(Desk::button(dialog, u"Unlock"_qs), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(session->state() == session::SessionState::Connected || session->state() == session::SessionState::Connecting, 30'000);
        QCOMPARE(session->config().client.secrets.value(u"sasl.password"_qs), u"right"_qs);
        QVERIFY(!shows(&desk.main(), u"which is locked"_qs));

        desk.action("vault.password")->trigger();
        dialog = desk.dialog();
        QVERIFY(dialog);
        QTest::keyClicks(Desk::field(dialog, u"Master password"_qs), u"a few words"_qs);
        QTest::keyClicks(Desk::field(dialog, u"New password"_qs), u"other words"_qs);
        QVERIFY(!Desk::button(dialog, u"Change the password"_qs)->isEnabled());
        QTest::keyClicks(Desk::field(dialog, u"Once more"_qs), u"other words"_qs);
        QTest::mouseClick(Desk::button(dialog, u"Change the password"_qs), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(shows(&desk.main(), u"The vault has its new master password"_qs), 30'000);
        QVERIFY(secrets::openVault(secrets::readVaultFile(desk.services->secrets->vaultPath()).value(), u"other words"_qs).has_value());
    }

    void theKeychainIsUsedWhereThereIsOne() {
        QMap<QString, QString> keychain;
        QString key;
        {
            Desk desk(m_home->path(), &keychain);
            connections::ConnectionProfile profile;
            profile.name = u"analytics"_qs;
            profile.config.bootstrapServers = u"127.0.0.1:1"_qs;
            profile.config.set(u"security.protocol"_qs, u"SASL_PLAINTEXT"_qs);
            profile.config.set(u"sasl.mechanisms"_qs, u"PLAIN"_qs);
            profile.config.set(u"sasl.username"_qs, u"alice"_qs);
            profile.config.set(u"sasl.password"_qs, u"right"_qs);
            auto* dialog = new ui::connections::ConnectionDialog(profile, desk.services->secrets.get(), &desk.main());
            QSignalSpy saved(dialog, &ui::connections::ConnectionDialog::saved);
            dialog->open();
            QTest::mouseClick(Desk::button(dialog, u"Save"_qs), Qt::LeftButton);
            QCOMPARE(saved.size(), 1);
            QVERIFY(saved[0][0].value<connections::ConnectionProfile>().place == connections::SecretPlace::Keychain);
        }
    }

    /// One that an older Samsa stored, which asked nobody.
    void aStoredConnectionDoesNotSendAReadablePassword() {
        Desk desk(m_home->path());
        connections::ConnectionProfile profile;
        profile.name = u"analytics"_qs;
        profile.config.bootstrapServers = u"192.0.2.7:9092"_qs; // RFC 5737: nobody is there, and nobody must be asked
        profile.config.set(u"security.protocol"_qs, u"SASL_PLAINTEXT"_qs);
        profile.config.set(u"sasl.mechanisms"_qs, u"PLAIN"_qs);
        profile.config.set(u"sasl.username"_qs, u"alice"_qs);
        profile.config.set(u"sasl.password"_qs, u"right"_qs);
        const QString key = desk.services->connections->save(profile);
        desk.main().go({key, u"topics"_qs, {}, {}});
        auto* session = desk.services->session(key);
        QVERIFY(session);
        QVERIFY(session->state() == session::SessionState::Failed);
        QVERIFY(session->stateError().code == ErrorCode::Invalid);
        QVERIFY(shows(&desk.main(), u"its password would cross the network readable"_qs));

        profile = *desk.services->connections->find(key);
        profile.readablePassword = true;
        desk.services->connections->save(profile);
        desk.services->reconnect(key, profile);
        QVERIFY(session->state() == session::SessionState::Connecting);
    }

    void everyKeyIsUsedOnce() {
        Desk desk(m_home->path());
        QVERIFY2(desk.window->actions().problems().isEmpty(), qPrintable(desk.window->actions().problems().join(u'\n')));
        for (const char* id : {"cluster.unlock", "cluster.lock", "vault.unlock", "vault.password", "connection.edit"})
            QVERIFY2(desk.action(id), id);
    }
};

SAMSA_TEST(ConnectionsWindowTest)
#include "connections_window_test.moc"
