#include "ui/connections/test_words.h"

#include <QCoreApplication>
#include <QLocale>

namespace ui::connections {

using namespace models::wire;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ConnectionTest)
};

QString day(const QDateTime& when) { return QLocale().toString(when.toLocalTime(), QLocale::ShortFormat); }

QString millis(qint64 micros) { return micros < 1000 ? Words::tr("under 1 ms") : Words::tr("%1 ms").arg(QLocale().toString(micros / 1000)); }

/// "broker 2, kafka-2:9092" or "kafka-2:9092".
QString nameOf(const TestPlace& place) { return place.broker < 0 ? place.name().left(300) : Words::tr("Broker %1, %2").arg(place.broker).arg(place.name().left(300)); }

const TestPlace* firstFault(const StepReport& report) {
    for (const auto& place : report.places)
        if (place.finding != Finding::None)
            return &place;
    return nullptr;
}

QString date(const QDateTime& when) { return QLocale().toString(when.toLocalTime().date(), QLocale::ShortFormat); }

/// What was seen at a place where this step went well, without its name.
QString goodFact(const StepReport& report, const TestPlace& place) {
    switch (report.step) {
    case TestStep::Names: return place.addresses.mid(0, 4).join(QStringLiteral(", "));
    case TestStep::Ports:
    case TestStep::Login: return millis(place.micros);
    case TestStep::Tls:
        return place.chain.isEmpty() ? place.tlsVersion : Words::tr("%1, %2, valid until %3").arg(place.tlsVersion, place.chain.first().subject.left(200), date(place.chain.first().until));
    case TestStep::Versions: return Words::tr("%n kind(s) of request", nullptr, place.requests);
    case TestStep::Addresses: break;
    }
    return {};
}

/// A line for each server, or one for all of them where they say the same.
QString goodLines(const StepReport& report) {
    QStringList names, facts;
    for (const auto& place : report.places) {
        if (place.finding != Finding::None)
            continue;
        const QString name = report.step == TestStep::Names ? place.host : place.name();
        const QString fact = goodFact(report, place);
        if (names.contains(name) && facts.value(names.indexOf(name)) == fact)
            continue;
        names.append(name);
        facts.append(fact);
    }
    if (names.isEmpty())
        return {};
    if (report.step == TestStep::Addresses)
        return Words::tr("%n broker(s)", nullptr, static_cast<int>(names.size()));
    QStringList lines;
    if (names.size() > 1 && facts.count(facts.first()) == facts.size()) {
        lines.append(QStringLiteral("%1: %2").arg(Words::tr("%n server(s)", nullptr, static_cast<int>(names.size())), facts.first()));
    } else {
        for (qsizetype i = 0; i < std::min<qsizetype>(names.size(), 3); ++i)
            lines.append(names[i] == facts[i] ? names[i] : QStringLiteral("%1: %2").arg(names[i].left(300), facts[i]));
        if (names.size() > 3)
            lines.append(Words::tr("and %n more", nullptr, static_cast<int>(names.size()) - 3));
    }
    return lines.join(QLatin1Char('\n'));
}

QString certificateSeen(const TestPlace& place, const QDateTime& now) {
    if (place.chain.isEmpty())
        return nameOf(place);
    const auto& own = place.chain.first();
    const QString who = Words::tr("%1 shows %2, issued by %3.").arg(nameOf(place), own.subject.left(200), own.issuer.left(200));
    switch (place.finding) {
    case Finding::CertificateExpired:
        // It may be one of the chain: the first that is over is the one.
        for (const auto& one : place.chain)
            if (one.until.isValid() && one.until < now)
                return who + QLatin1Char(' ') + Words::tr("%1 ended on %2. This computer's clock says %3.").arg(one.subject.left(200), day(one.until), day(now));
        return who;
    case Finding::CertificateNotYetValid: return who + QLatin1Char(' ') + Words::tr("It begins on %1. This computer's clock says %2.").arg(day(own.from), day(now));
    case Finding::CertificateWrongHost:
        return who + QLatin1Char(' ') + (own.names.isEmpty() ? Words::tr("It names no host.") : Words::tr("It is for %1.").arg(own.names.mid(0, 8).join(QStringLiteral(", ")).left(400)));
    default: return who;
    }
}

struct Fault {
    QString title, next;
};

Fault faultOf(Finding finding) {
    switch (finding) {
    case Finding::None: break;
    case Finding::SettingsUnusable: return {Words::tr("These settings cannot be used"), Words::tr("Correct what is named here.")};
    case Finding::NameUnknown: return {Words::tr("The name is not known"), Words::tr("Check the spelling. A name inside a company or a Kubernetes cluster needs its VPN or its name service.")};
    case Finding::NameTimedOut: return {Words::tr("The name service does not answer"), Words::tr("Check this computer's network and VPN, then test again.")};
    case Finding::PortRefused: return {Words::tr("Nobody listens there"), Words::tr("Check the port, and that the broker runs.")};
    case Finding::PortTimedOut:
        return {Words::tr("No answer at all"), Words::tr("A firewall or a missing VPN swallows what is sent there. Some services let in listed addresses only: is this computer's among them?")};
    case Finding::PortUnreachable: return {Words::tr("There is no way there"), Words::tr("Check this computer's network and VPN.")};
    case Finding::CertificateExpired: return {Words::tr("The server's certificate has expired"), Words::tr("Whoever runs the cluster has to renew it. Nothing on this side is wrong.")};
    case Finding::CertificateNotYetValid: return {Words::tr("The server's certificate is not valid yet"), Words::tr("Check this computer's clock. If it is right, whoever runs the cluster has to mend it.")};
    case Finding::CertificateWrongHost:
        return {Words::tr("The certificate is of another host"), Words::tr("Use a name that the certificate has, or have one made for this name. Turn the check off only when you know why they differ.")};
    case Finding::CertificateUntrusted:
        return {Words::tr("Nobody trusted here signed the certificate"), Words::tr("If this is the right server, give the certificate of its CA as Trusted CA. Ask whoever runs the cluster for it.")};
    case Finding::CertificateBad: return {Words::tr("The server's certificate cannot be used"), Words::tr("Whoever runs the cluster has to mend it.")};
    case Finding::ClientCertificateWanted:
        return {Words::tr("The server does not take this client's certificate"), Words::tr("It wants one from its own CA: give certificate and private key, as whoever runs the cluster made them.")};
    case Finding::TlsNotSpoken: return {Words::tr("This port does not speak TLS"), Words::tr("Choose the broker's TLS port, or a security without TLS.")};
    case Finding::TlsRefused: return {Words::tr("The TLS handshake failed"), Words::tr("The two sides found no way to encrypt. The reason above is the other side's.")};
    case Finding::TlsWanted: return {Words::tr("This port wants TLS"), Words::tr("Choose a security with TLS.")};
    case Finding::NotKafka: return {Words::tr("What answers is not Kafka"), Words::tr("Check the port: something else listens there.")};
    case Finding::ClosedAtOnce: return {Words::tr("It closes the connection at the first question"), Words::tr("Mostly a TLS port that is asked without TLS, or a proxy whose broker is away.")};
    case Finding::AnswerTimedOut: return {Words::tr("It takes the connection and does not answer"), Words::tr("The broker hangs or is very busy, or a proxy stands before it. Test again in a moment.")};
    case Finding::MechanismNotTaken: return {Words::tr("The broker does not take this mechanism"), Words::tr("Choose one that it offers.")};
    case Finding::TokenNotGiven:
        return {Words::tr("There is no token to log in with"), Words::tr("Check where the token comes from: its address, the client ID and its secret, or the AWS profile. The brokers were not asked.")};
    case Finding::TicketNotGiven:
        return {Words::tr("There is no Kerberos ticket to log in with"), Words::tr("Get one with kinit, or name a keytab and its principal. The brokers were not asked.")};
    case Finding::LoginRefused: return {Words::tr("The login was refused"), Words::tr("Check user and password, and that the user was made for this mechanism.")};
    case Finding::LoginWanted: return {Words::tr("The broker wants a login"), Words::tr("Choose a security with login, or the port that needs none.")};
    case Finding::NothingAdvertised: return {Words::tr("The cluster names no broker"), Words::tr("It is just starting, or it is broken. Test again in a moment.")};
    case Finding::Other: return {Words::tr("It failed"), Words::tr("The reason is above.")};
    }
    return {};
}

QString titleOf(TestStep step, const QString& login) {
    switch (step) {
    case TestStep::Names: return Words::tr("Names resolve");
    case TestStep::Ports: return Words::tr("Ports answer");
    case TestStep::Tls: return Words::tr("TLS, and the certificates");
    case TestStep::Versions: return Words::tr("They speak Kafka");
    case TestStep::Login: return login.isEmpty() ? Words::tr("Login") : Words::tr("Login with %1").arg(login);
    case TestStep::Addresses: return Words::tr("Every advertised address answers");
    }
    return {};
}

/// Before the fault, so that the step is named: "TLS: ...".
QString shortName(TestStep step) {
    switch (step) {
    case TestStep::Names: return Words::tr("Name");
    case TestStep::Ports: return Words::tr("Port");
    case TestStep::Tls: return Words::tr("TLS");
    case TestStep::Versions: return Words::tr("Kafka");
    case TestStep::Login: return Words::tr("Login");
    case TestStep::Addresses: return Words::tr("Advertised address");
    }
    return {};
}

StepWords failureOf(const StepReport& report, const QDateTime& now) {
    StepWords words;
    const auto fault = faultOf(report.finding);
    words.title = QStringLiteral("%1: %2").arg(shortName(report.step), fault.title);
    QStringList lines;
    int more = 0;
    for (const auto& place : report.places) {
        if (place.finding == Finding::None)
            continue;
        if (lines.size() >= 6) {
            ++more;
            continue;
        }
        QString text = place.chain.isEmpty() || place.at != TestStep::Tls ? nameOf(place) + (place.detail.isEmpty() ? QString() : QStringLiteral(": ") + place.detail) : certificateSeen(place, now);
        if (report.step == TestStep::Addresses && place.finding != report.finding)
            text += QStringLiteral(" (%1)").arg(faultOf(place.finding).title);
        lines.append(text);
    }
    if (more > 0)
        lines.append(Words::tr("and %n more", nullptr, more));
    if (!report.detail.isEmpty())
        lines.append(report.detail);
    if (report.byLibrary)
        lines.append(Words::tr("This step was done by librdkafka."));
    words.seen = lines.join(QLatin1Char('\n'));
    words.next = fault.next;
    if (report.step == TestStep::Addresses)
        words.next = Words::tr("Clients go where the brokers say (advertised.listeners), and have to reach each of them. %1").arg(fault.next);
    return words;
}

} // namespace

StepWords wordsOf(const StepReport& report, const QString& login, const QDateTime& now) {
    StepWords words;
    words.title = titleOf(report.step, login);
    switch (report.state) {
    case StepState::Waiting: return words;
    case StepState::Running: words.seen = Words::tr("…"); return words;
    case StepState::Stopped: words.seen = Words::tr("stopped"); return words;
    case StepState::Failed: return failureOf(report, now);
    case StepState::NotNeeded:
        if (report.step == TestStep::Login)
            words.seen = Words::tr("Not needed: the connection has no login.");
        else if (report.byLibrary)
            words.seen = Words::tr("librdkafka checks them together with the login: %1").arg(report.detail);
        else
            words.seen = Words::tr("None: everything can be read on the way.");
        return words;
    case StepState::Good:
    case StepState::Warned: break;
    }
    words.seen = goodLines(report);
    if (report.byLibrary)
        words.seen += (words.seen.isEmpty() ? QString() : QStringLiteral("\n")) + Words::tr("Done by librdkafka.");
    if (report.step == TestStep::Addresses) {
        QStringList foreign;
        for (const auto& place : report.places)
            if (place.foreign)
                foreign.append(nameOf(place));
        if (!foreign.isEmpty()) {
            words.seen += QLatin1Char('\n') + Words::tr("Elsewhere than the servers that were given: %1").arg(foreign.mid(0, 3).join(QStringLiteral(", ")));
            if (foreign.size() > 3)
                words.seen += QLatin1Char('\n') + Words::tr("and %n more", nullptr, static_cast<int>(foreign.size()) - 3);
            words.next = Words::tr("Brokers say where clients connect, and your login follows there. Make sure that these addresses belong to this cluster.");
        }
    }
    if (const auto* fault = firstFault(report); fault != nullptr && report.state == StepState::Warned) {
        const auto text = faultOf(fault->finding);
        words.seen += (words.seen.isEmpty() ? QString() : QStringLiteral("\n")) + (fault->chain.isEmpty() ? QStringLiteral("%1: %2").arg(nameOf(*fault), text.title) : certificateSeen(*fault, now));
        words.next = Words::tr("It goes on with what is left. %1").arg(text.next);
    }
    return words;
}

QString certificateText(const ShownCertificate& one) {
    QStringList lines{Words::tr("Subject: %1").arg(one.subject), Words::tr("Issuer: %1").arg(one.issuer)};
    if (!one.names.isEmpty())
        lines.append(Words::tr("For: %1").arg(one.names.join(QStringLiteral(", "))));
    lines.append(Words::tr("From %1 until %2").arg(day(one.from), day(one.until)));
    lines.append(Words::tr("SHA-256: %1").arg(one.fingerprint.size() > 48 ? one.fingerprint.left(48) + QLatin1Char('\n') + one.fingerprint.mid(48) : one.fingerprint));
    return lines.join(QLatin1Char('\n'));
}

QString ticketText(const QList<StepReport>& steps, const QString& servers, const QString& login) {
    QStringList lines{Words::tr("Test of a Kafka connection, %1").arg(QDateTime::currentDateTimeUtc().toString(Qt::ISODate)), Words::tr("Servers: %1").arg(servers), QString()};
    for (const auto& step : steps) {
        if (step.state == StepState::Waiting)
            continue;
        const auto words = wordsOf(step, login);
        const QString mark = step.state == StepState::Failed ? QStringLiteral("[x] ") : step.state == StepState::Warned ? QStringLiteral("[!] ") : QStringLiteral("[ok] ");
        lines.append(mark + words.title);
        for (const auto& line : words.seen.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            lines.append(QStringLiteral("     ") + line);
        for (const auto& place : step.places)
            if (place.finding != Finding::None && place.at == TestStep::Tls)
                for (const auto& certificate : place.chain)
                    for (const auto& line : certificateText(certificate).split(QLatin1Char('\n')))
                        lines.append(QStringLiteral("       ") + line);
    }
    return lines.join(QLatin1Char('\n')) + QLatin1Char('\n');
}

} // namespace ui::connections
