// Who may include whom: reads every #include of the tree and compares it with the table of the architecture.
#include "tests/support/test_registry.h"

#include <QDirIterator>
#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

namespace {

using namespace Qt::StringLiterals;

QString root() { return QStringLiteral(SAMSA_SOURCE_DIR); }

struct Source {
    QString path; ///< from the repository root
    QStringList lines;
};

QList<Source> sources() {
    QList<Source> all;
    for (const auto& top : {"app", "ui", "models", "embedded-broker"}) {
        QDirIterator it(root() + u'/' + QLatin1String(top), {u"*.h"_qs, u"*.cpp"_qs}, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const QString file = it.next();
            QFile handle(file);
            if (!handle.open(QIODevice::ReadOnly))
                continue;
            all.append({QDir(root()).relativeFilePath(file), QString::fromUtf8(handle.readAll()).split(u'\n')});
        }
    }
    return all;
}

/// "embedded-broker/storage/log.h" -> "embedded-broker/storage"; "app/main.cpp" -> "app"
QString libraryOf(const QString& path) {
    const QStringList parts = path.split(u'/');
    return parts.size() > 2 ? parts[0] + u'/' + parts[1] : parts[0];
}

/// Steps of the broker, lowest first; names on one step do not include each other.
const QList<QStringList>& brokerSteps() {
    static const QList<QStringList> steps{{u"base"_qs}, {u"protocol"_qs, u"net"_qs, u"security"_qs, u"quotas"_qs}, {u"storage"_qs},
        {u"raft"_qs}, {u"metadata"_qs}, {u"replication"_qs}, {u"groups"_qs, u"transactions"_qs}, {u"handlers"_qs}, {u"node"_qs}, {u"cluster"_qs},
        {u"tools"_qs}};
    return steps;
}

int brokerStep(const QString& name) {
    for (int i = 0; i < brokerSteps().size(); ++i)
        if (brokerSteps()[i].contains(name))
            return i;
    return -1;
}

/// Empty = allowed, else the rule that is broken.
QString refusal(const QString& from, const QString& to) {
    if (from == to)
        return {};
    const QString fromTop = from.section(u'/', 0, 0);
    const QString toTop = to.section(u'/', 0, 0);
    if (toTop == u"tests")
        return u"the program never includes its tests"_qs;
    if (fromTop == u"embedded-broker") {
        if (toTop != u"embedded-broker")
            return u"the broker never sees models/, ui/ or app/"_qs;
        const int a = brokerStep(from.section(u'/', 1, 1));
        const int b = brokerStep(to.section(u'/', 1, 1));
        if (a < 0 || b < 0)
            return u"a folder that the table does not know"_qs;
        return b < a ? QString() : u"only folders to the left: base < protocol|net|security|quotas < storage < raft < metadata < replication < groups|transactions < handlers < node < cluster"_qs;
    }
    if (fromTop == u"models") {
        if (toTop == u"embedded-broker") {
            if (to == u"embedded-broker/base")
                return {};
            static const QMap<QString, QStringList> doors{
                {u"models/wire"_qs, {u"embedded-broker/protocol"_qs, u"embedded-broker/security"_qs}},
                {u"models/serdes"_qs, {u"embedded-broker/protocol"_qs}},
                {u"models/localcluster"_qs, {u"embedded-broker/cluster"_qs}}};
            return doors.value(from).contains(to) ? QString() : u"of the broker, models/ may use base; wire: protocol, security; serdes: protocol; localcluster: cluster"_qs;
        }
        return toTop == u"models" ? QString() : u"models/ never includes ui/ or app/"_qs;
    }
    if (fromTop == u"ui") {
        if (toTop == u"embedded-broker" || toTop == u"app")
            return u"ui/ sees neither the broker nor app/"_qs;
        if (toTop == u"ui") {
            static const QStringList shared{u"ui/theme"_qs, u"ui/widgets"_qs, u"ui/charts"_qs, u"ui/shell"_qs, u"ui/changes"_qs};
            return shared.contains(to) ? QString() : u"features do not include sibling features"_qs;
        }
        return {};
    }
    return {}; // app is the composition root
}

} // namespace

class LayoutTest : public QObject {
    Q_OBJECT
private slots:
    void includesFollowTheTable() {
        static const QRegularExpression include(u"^\\s*#\\s*include\\s+\"([^\"]+)\""_qs);
        QStringList bad;
        int seen = 0;
        for (const auto& source : sources()) {
            for (int i = 0; i < source.lines.size(); ++i) {
                const auto match = include.match(source.lines[i]);
                if (!match.hasMatch())
                    continue;
                const QString target = match.captured(1);
                if (!target.contains(u'/'))
                    continue; // moc files, generated tables beside their source
                ++seen;
                const QString why = refusal(libraryOf(source.path), libraryOf(target));
                if (!why.isEmpty())
                    bad.append(u"%1:%2 includes %3: %4"_qs.arg(source.path).arg(i + 1).arg(target, why));
            }
        }
        QVERIFY2(seen > 5, "no includes were read: is the source directory right?");
        QVERIFY2(bad.isEmpty(), qPrintable(bad.join(u'\n')));
    }

    void knowsTheTable() {
        // The rules themselves, so that a mistake in them is not a silent pass.
        QVERIFY(refusal(u"embedded-broker/storage"_qs, u"embedded-broker/base"_qs).isEmpty());
        QVERIFY(!refusal(u"embedded-broker/base"_qs, u"embedded-broker/storage"_qs).isEmpty());
        QVERIFY(!refusal(u"embedded-broker/net"_qs, u"embedded-broker/protocol"_qs).isEmpty());
        QVERIFY(!refusal(u"ui/topics"_qs, u"ui/groups"_qs).isEmpty());
        QVERIFY(!refusal(u"ui/topics"_qs, u"embedded-broker/base"_qs).isEmpty());
        QVERIFY(!refusal(u"models/topics"_qs, u"embedded-broker/protocol"_qs).isEmpty());
        QVERIFY(refusal(u"models/wire"_qs, u"embedded-broker/protocol"_qs).isEmpty());
    }

    /// Libraries that one folder alone may know.
    void librariesStayBehindTheirDoor_data() {
        QTest::addColumn<QString>("header");
        QTest::addColumn<QStringList>("allowed");
        QTest::newRow("Qt in the broker") << u"^\\s*#\\s*include\\s+<Q[A-Za-z]+"_qs << QStringList{u"models"_qs, u"ui"_qs, u"app"_qs};
        QTest::newRow("librdkafka") << u"<librdkafka/"_qs << QStringList{u"models/client"_qs, u"app/demo"_qs};
        QTest::newRow("SQLite") << u"<sqlite3\\.h>"_qs << QStringList{u"models/store"_qs};
        QTest::newRow("QtKeychain") << u"<qt6keychain/"_qs << QStringList{u"models/secrets"_qs};
        QTest::newRow("QCustomPlot") << u"qcustomplot\\.h"_qs << QStringList{u"ui/charts"_qs};
        QTest::newRow("approved plans are made by changes alone") << u"ApprovedPlan\\s*(\\w+\\s*)?[({]\\s*[A-Za-z]"_qs << QStringList{u"models/changes"_qs, u"models/client"_qs};
        QTest::newRow("style sheets") << u"setStyleSheet\\s*\\("_qs << QStringList{};
    }

    void librariesStayBehindTheirDoor() {
        QFETCH(QString, header);
        QFETCH(QStringList, allowed);
        const QRegularExpression pattern(header);
        QStringList bad;
        for (const auto& source : sources()) {
            bool permitted = false;
            for (const auto& prefix : allowed)
                permitted |= source.path.startsWith(prefix + u'/');
            if (permitted)
                continue;
            for (int i = 0; i < source.lines.size(); ++i)
                if (pattern.match(source.lines[i]).hasMatch())
                    bad.append(u"%1:%2: %3"_qs.arg(source.path).arg(i + 1).arg(source.lines[i].trimmed()));
        }
        QVERIFY2(bad.isEmpty(), qPrintable(bad.join(u'\n')));
    }

    void colourLiteralsLiveInTheTheme() {
        static const QRegularExpression literal(u"\"#[0-9a-fA-F]{6}\"|QColor\\(\\s*\\d|qRgb\\(\\s*\\d|Qt::(red|green|blue|white|black|gray|yellow)\\b"_qs);
        QStringList bad;
        for (const auto& source : sources()) {
            if (!source.path.startsWith(u"ui/") && !source.path.startsWith(u"app/"))
                continue;
            if (source.path.startsWith(u"ui/theme/"))
                continue;
            for (int i = 0; i < source.lines.size(); ++i)
                if (literal.match(source.lines[i]).hasMatch())
                    bad.append(u"%1:%2: %3"_qs.arg(source.path).arg(i + 1).arg(source.lines[i].trimmed()));
        }
        QVERIFY2(bad.isEmpty(), qPrintable(bad.join(u'\n')));
    }

    void sourcesAreListedByHand() {
        QDirIterator it(root(), {u"CMakeLists.txt"_qs}, QDir::Files, QDirIterator::Subdirectories);
        while (it.hasNext()) {
            const QString file = it.next();
            if (file.contains(u"/build/"_qs))
                continue;
            QFile handle(file);
            QVERIFY(handle.open(QIODevice::ReadOnly));
            QVERIFY2(!QString::fromUtf8(handle.readAll()).contains(u"file(GLOB"_qs), qPrintable(file));
        }
    }
};

SAMSA_TEST(LayoutTest)
#include "layout_test.moc"
