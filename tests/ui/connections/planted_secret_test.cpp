// A secret planted in every field that can hold one: after connecting, failing, testing and planning, no file under SAMSA_HOME and no line that was printed has it.
#include "models/audit/audit_log.h"
#include "models/changes/change_service.h"
#include "models/connections/connection_test_runner.h"
#include "tests/support/test_registry.h"
#include "tests/support/wire_broker.h"
#include "tests/ui/connections/desk.h"
#include "ui/connections/test_words.h"

#include <QDirIterator>
#include <fcntl.h>
#include <unistd.h>

using namespace models;
using namespace Qt::StringLiterals;
using tests::Desk;

namespace {

/// Standard output and error into a file while it lives.
class Printed {
public:
    explicit Printed(const QString& path) : m_out(::dup(1)), m_error(::dup(2)) {
        const int file = ::open(path.toLocal8Bit().constData(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::fflush(nullptr);
        ::dup2(file, 1);
        ::dup2(file, 2);
        ::close(file);
    }
    ~Printed() {
        ::fflush(nullptr);
        ::dup2(m_out, 1);
        ::dup2(m_error, 2);
        ::close(m_out);
        ::close(m_error);
    }

private:
    int m_out, m_error;
};

QStringList filesWith(const QString& folder, const QList<QByteArray>& needles, int* files) {
    QStringList found;
    QDirIterator it(folder, QDir::Files | QDir::Hidden | QDir::System, QDirIterator::Subdirectories);
    while (it.hasNext()) {
        QFile file(it.next());
        if (!file.open(QIODevice::ReadOnly))
            continue;
        ++*files;
        const auto bytes = file.readAll();
        for (const auto& needle : needles)
            if (bytes.contains(needle))
                found.append(file.fileName() + u" has "_qs + QString::fromLatin1(needle));
    }
    return found;
}

} // namespace

class PlantedSecretTest : public QObject {
    Q_OBJECT
    static constexpr auto kNeedle = "planted-7261-secret";

    using Settings = QMap<QString, QString>;
    static Settings login(const QString& mechanism) {
        return {{u"security.protocol"_qs, u"SASL_PLAINTEXT"_qs}, {u"sasl.mechanisms"_qs, mechanism}, {u"sasl.username"_qs, u"alice"_qs}, {u"sasl.password"_qs, QLatin1String(kNeedle)}};
    }

private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void isFoundNowhere_data() {
        QTest::addColumn<Settings>("settings");
        QTest::addColumn<int>("place");
        const Settings key{{u"security.protocol"_qs, u"SSL"_qs}, {u"ssl.key.pem"_qs, u"-----BEGIN ENCRYPTED PRIVATE KEY-----\n%1\n-----END ENCRYPTED PRIVATE KEY-----"_qs.arg(QLatin1String(kNeedle))},
            {u"ssl.key.password"_qs, QLatin1String(kNeedle)}, {u"ssl.certificate.pem"_qs, u"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"_qs}};
        const Settings oauth{{u"security.protocol"_qs, u"SASL_PLAINTEXT"_qs}, {u"sasl.mechanisms"_qs, u"OAUTHBEARER"_qs}, {u"sasl.oauthbearer.method"_qs, u"oidc"_qs}, {u"sasl.oauthbearer.client.id"_qs, u"me"_qs},
            {u"sasl.oauthbearer.client.secret"_qs, QLatin1String(kNeedle)}, {u"sasl.oauthbearer.token.endpoint.url"_qs, u"http://127.0.0.1:1/token"_qs}};
        const Settings aws{{u"security.protocol"_qs, u"SASL_PLAINTEXT"_qs}, {u"sasl.mechanisms"_qs, u"AWS_MSK_IAM"_qs}, {u"aws.region"_qs, u"eu-west-1"_qs}, {u"aws.access.key.id"_qs, u"AKID"_qs},
            {u"aws.secret.access.key"_qs, QLatin1String(kNeedle)}, {u"aws.session.token"_qs, QLatin1String(kNeedle)}};
        Settings store{{u"security.protocol"_qs, u"SSL"_qs}, {u"ssl.keystore.location"_qs, u"/no/such/store.p12"_qs}, {u"ssl.keystore.password"_qs, QLatin1String(kNeedle)}};
        const std::pair<const char*, Settings> all[] = {{"PLAIN", login(u"PLAIN"_qs)}, {"SCRAM", login(u"SCRAM-SHA-512"_qs)}, {"private key", key}, {"OAuth", oauth}, {"AWS", aws}, {"key store", store}};
        for (const auto& [name, settings] : all)
            for (const auto place : {connections::SecretPlace::Session, connections::SecretPlace::Keychain, connections::SecretPlace::Vault})
                QTest::addRow("%s %d", name, static_cast<int>(place)) << settings << static_cast<int>(place);
    }

    void isFoundNowhere() {
        QFETCH(Settings, settings);
        QFETCH(int, place);
        QTemporaryDir home;
        tests::WireBroker broker;
        broker.plainUsers = {{"alice", "another"}};
        broker.start();
        QMap<QString, QString> keychain;
        QString ticket;
        {
            const Printed printed(home.filePath(u"printed.txt"_qs));
            Desk desk(home.path(), &keychain);
            if (place == static_cast<int>(connections::SecretPlace::Vault)) {
                bool made = false;
                desk.services->secrets->createVault(u"planted-7261-master"_qs, this, [&](const Result<void>& done) { made = done.has_value(); });
                QTRY_VERIFY_WITH_TIMEOUT(made, 30'000);
            }
            connections::ConnectionProfile profile;
            profile.name = u"analytics"_qs;
            profile.place = static_cast<connections::SecretPlace>(place);
            profile.config.bootstrapServers = QString::fromStdString(broker.address());
            for (auto it = settings.begin(); it != settings.end(); ++it)
                profile.config.set(it.key(), it.value());
            const QString key = desk.services->connections->save(profile);
            profile = *desk.services->connections->find(key);
            QVERIFY(!profile.config.secrets.isEmpty());
            bool kept = false;
            desk.services->secrets->keep(profile.place, key, profile.config.secrets, this, [&](const Result<void>& done) { kept = done.has_value(); });
            QTRY_VERIFY_WITH_TIMEOUT(kept, 30'000);

            // Connecting fails: by the settings, the login or the key. Every word about it is written down.
            desk.main().go({key, u"topics"_qs, {}, {}});
            auto* session = desk.services->session(key);
            QTRY_VERIFY_WITH_TIMEOUT(session->state() == session::SessionState::Failed, 60'000);
            std::fprintf(stderr, "%s\n", qPrintable(session->stateError().toString()));
            for (const auto& event : session->events()->events())
                std::fprintf(stderr, "%s %s\n", qPrintable(event.title), qPrintable(event.detail));

            // The test fails as well; its text for a ticket too.
            connections::ConnectionTestRunner runner;
            QSignalSpy finished(&runner, &connections::ConnectionTestRunner::finished);
            runner.start(profile.config);
            QVERIFY(finished.wait(60'000));
            std::fprintf(stderr, "%s", qPrintable(ui::connections::ticketText(finished[0][0].value<wire::TestOutcome>().steps, profile.config.bootstrapServers, u"login"_qs)));

            // A plan, and what the audit trail has of it.
            auto* changes = desk.services->changes(key);
            std::optional<Result<changes::Plan>> plan;
            changes->plan(changes::ProduceMessage{u"orders"_qs, -1, QByteArray("k"), QByteArray("v"), {}, client::kUnknown}, this, [&](const Result<changes::Plan>& made) { plan = made; });
            QTRY_VERIFY_WITH_TIMEOUT(plan.has_value(), 60'000);
            if (*plan)
                std::fprintf(stderr, "%s\n", qPrintable((*plan)->command));
            else
                std::fprintf(stderr, "%s\n", qPrintable(plan->error().toString()));
        } // all is closed and written
        int files = 0;
        const auto found = filesWith(home.path(), {kNeedle, QByteArray(kNeedle).toBase64(), QByteArray(kNeedle).toHex(), "planted-7261-master"}, &files);
        QVERIFY2(files >= 3, qPrintable(QString::number(files)));
        QVERIFY2(found.isEmpty(), qPrintable(found.join(u'\n')));
        QCOMPARE(keychain.isEmpty(), place != static_cast<int>(connections::SecretPlace::Keychain));
    }

    /// The search itself finds what is there.
    void theSearchWorks() {
        QTemporaryDir home;
        QFile file(home.filePath(u"x"_qs));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("abc planted-7261-secret");
        file.close();
        int files = 0;
        QCOMPARE(filesWith(home.path(), {kNeedle}, &files).size(), 1);
    }
};

SAMSA_TEST(PlantedSecretTest)
#include "planted_secret_test.moc"
