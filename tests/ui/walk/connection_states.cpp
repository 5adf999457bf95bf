#include "tests/ui/walk/connection_states.h"

#include "ui/connections/connection_dialog.h"
#include "ui/connections/connection_fields.h"
#include "ui/connections/test_panel.h"
#include "ui/connections/unlock_dialog.h"
#include "ui/connections/vault_dialog.h"

#include <QLineEdit>
#include <QPushButton>
#include <QTest>

namespace tests {

using namespace models;
using namespace models::wire;
using namespace Qt::StringLiterals;
using ui::connections::ConnectionDialog;

namespace {

connections::ConnectionProfile profileOf(const QString& mechanism) {
    connections::ConnectionProfile profile;
    profile.id = u"c-walkwalk"_s;
    profile.name = u"analytics"_s;
    profile.production = true;
    profile.config.bootstrapServers = u"kafka-1.internal:9094,kafka-2.internal:9094"_s;
    profile.config.set(u"security.protocol"_s, u"SASL_SSL"_s);
    profile.config.set(u"sasl.mechanisms"_s, mechanism);
    profile.config.set(u"sasl.username"_s, u"support"_s);
    profile.config.set(u"sasl.password"_s, u"planted"_s);
    profile.config.set(u"ssl.ca.pem"_s, u"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"_s);
    profile.secretNames = {u"sasl.password"_s};
    return profile;
}

ConnectionDialog* dialogOf(Stage& stage, const connections::ConnectionProfile& profile) {
    auto* dialog = new ConnectionDialog(profile, stage.services().secrets.get(), &stage.main());
    dialog->open();
    return dialog;
}

TestPlace placeOf(int number) {
    TestPlace place;
    place.host = u"kafka-%1.internal"_s.arg(number);
    place.port = 9094;
    place.addresses = {u"10.2.0.1%1"_s.arg(number)};
    place.micros = 3000;
    place.requests = 61;
    place.tlsVersion = u"TLSv1.3"_s;
    place.chain = {{u"CN=kafka-%1"_s.arg(number), u"CN=internal-ca, O=<b>Example</b>"_s, {place.host, u"localhost"_s}, QDateTime(QDate(2025, 11, 18), QTime(0, 0), Qt::UTC), QDateTime(QDate(2026, 11, 18), QTime(23, 59), Qt::UTC), u"AB:CD:"_s.repeated(15) + u"AB:CD"_s}};
    return place;
}

StepReport reportOf(TestStep step, StepState state) {
    StepReport report;
    report.step = step;
    report.state = state;
    report.places = {placeOf(1), placeOf(2)};
    return report;
}

ConnectionDialog* tested(Stage& stage, int good) {
    auto* dialog = dialogOf(stage, profileOf(u"SCRAM-SHA-512"_s));
    for (int i = 0; i < good; ++i)
        dialog->test()->take(reportOf(static_cast<TestStep>(i), StepState::Good));
    return dialog;
}

/// Ends the test as the runner does, with what the panel was told before.
void finish(ConnectionDialog* dialog, const QList<StepReport>& steps, bool good) {
    TestOutcome outcome;
    outcome.good = good;
    outcome.brokers = 2;
    outcome.steps = steps;
    dialog->test()->finish(outcome);
}

ConnectionDialog* expired(Stage& stage) {
    auto* dialog = tested(stage, 2);
    auto report = reportOf(TestStep::Tls, StepState::Failed);
    report.finding = Finding::CertificateExpired;
    for (auto& place : report.places) {
        place.at = TestStep::Tls;
        place.finding = Finding::CertificateExpired;
        place.detail = u"certificate has expired"_s;
    }
    finish(dialog, {report}, false);
    return dialog;
}

QPushButton* button(QWidget* in, const QString& text) {
    for (auto* one : in->findChildren<QPushButton*>())
        if (one->text().startsWith(text) && one->isVisible())
            return one;
    return nullptr;
}

} // namespace

void showConnection(Stage& stage) {
    auto profile = profileOf(u"OAUTHBEARER"_s);
    profile.service = u"msk"_s;
    profile.config.set(u"sasl.oauthbearer.method"_s, u"oidc"_s);
    profile.config.set(u"ssl.certificate.pem"_s, u"-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"_s);
    profile.config.set(u"ssl.key.pem"_s, u"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----"_s);
    profile.config.set(u"ssl.endpoint.identification.algorithm"_s, u"none"_s);
    profile.config.set(u"client.rack"_s, u"eu-1"_s);
    dialogOf(stage, profile);
}

void showTestRunning(Stage& stage) { tested(stage, 2)->test()->take(reportOf(TestStep::Tls, StepState::Running)); }

void showTestFailed(Stage& stage) { expired(stage); }

void showTestWarned(Stage& stage) {
    auto* dialog = tested(stage, 1);
    auto ports = reportOf(TestStep::Ports, StepState::Warned);
    ports.finding = ports.places[1].finding = Finding::PortTimedOut;
    ports.places[1].chain.clear();
    auto addresses = reportOf(TestStep::Addresses, StepState::Failed);
    addresses.finding = Finding::NameUnknown;
    for (int i = 0; i < 2; ++i) {
        addresses.places[i].broker = i + 1;
        addresses.places[i].host = i == 0 ? u"kafka"_s : QString(200, u'x');
        addresses.places[i].finding = i == 0 ? Finding::NameUnknown : Finding::PortRefused;
        addresses.places[i].detail = u"Name or service not known"_s;
        addresses.places[i].chain.clear();
    }
    finish(dialog, {ports, addresses}, false);
}

void showTestGood(Stage& stage) {
    QList<StepReport> all;
    for (int i = 0; i < kTestSteps; ++i)
        all.append(reportOf(static_cast<TestStep>(i), StepState::Good));
    finish(tested(stage, 0), all, true);
}

void showCertificate(Stage& stage) {
    auto* show = button(expired(stage), stage.main().tr("Show certificate"));
    if (!show) // in another language: the first small button of the failed step
        for (auto* one : stage.main().findChildren<QPushButton*>())
            if (one->isVisible() && one->text().contains(u"certificate"_s))
                show = one;
    QVERIFY(show);
    show->click();
}

void showRemove(Stage& stage) {
    auto* remove = button(dialogOf(stage, profileOf(u"PLAIN"_s)), u"Remove"_s);
    QVERIFY(remove);
    remove->click();
}

void showNewVault(Stage& stage) {
    auto* dialog = new ui::connections::VaultDialog(stage.services().secrets.get(), u"analytics keeps its secrets in the vault."_s, &stage.main());
    dialog->open();
    for (auto* line : dialog->findChildren<QLineEdit*>())
        QTest::keyClicks(line, line == dialog->findChildren<QLineEdit*>().first() ? u"short"_s : u"x"_s);
}

void showChangeVault(Stage& stage) {
    static QTemporaryDir folder;
    const QString path = folder.filePath(u"open"_s);
    QFile::remove(path);
    auto* open = new secrets::SecretService(nullptr, path, &stage.main(), {.log2N = 10, .r = 1, .p = 1});
    open->createVault(u"correct horse"_s, open, [](const Result<void>&) {});
    QTRY_COMPARE(open->vault(), secrets::VaultState::Open);
    auto* dialog = new ui::connections::VaultDialog(open, u"Whoever knows the new one opens the vault from then on."_s, &stage.main());
    QObject::connect(dialog, &QObject::destroyed, open, &QObject::deleteLater);
    dialog->open();
    for (auto* line : dialog->findChildren<QLineEdit*>())
        QTest::keyClicks(line, u"short"_s);
}

void showLockedVault(Stage& stage) {
    // A vault of its own beside the stage's: cut short, so that the failing state shows.
    static QTemporaryDir folder;
    const QString path = folder.filePath(u"vault"_s);
    QVERIFY(secrets::writeVaultFile(path, QByteArray("SAMSAVLT cut short")).has_value());
    auto* broken = new secrets::SecretService(nullptr, path, &stage.main());
    auto* dialog = new ui::connections::VaultDialog(broken, u"analytics keeps its secrets in the vault."_s, &stage.main());
    QObject::connect(dialog, &QObject::destroyed, broken, &QObject::deleteLater);
    dialog->open();
}

void showUnlock(Stage& stage) { (new ui::connections::UnlockDialog(u"payments in production, with a long name"_s, true, &stage.main()))->open(); }

} // namespace tests
