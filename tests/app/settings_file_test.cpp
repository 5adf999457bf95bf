#include "app/demo/settings_file.h"
#include "tests/support/test_registry.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace app::demo;
using namespace Qt::StringLiterals;

class SettingsFileTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_directory;
    std::string written(const QByteArray& text) {
        QFile file(m_directory.filePath(u"client.properties"_s));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("no file");
        return file.fileName().toStdString();
    }

private slots:
    void readsWhatKcatReads() {
        const auto read = readSettings(written("# a login\n\nsecurity.protocol=SASL_SSL\r\n sasl.password = a=b#c \n"));
        QVERIFY(read.has_value());
        QCOMPARE(read->size(), 2U);
        QVERIFY((*read)[0] == (std::pair<std::string, std::string>("security.protocol", "SASL_SSL")));
        QVERIFY((*read)[1] == (std::pair<std::string, std::string>("sasl.password", "a=b#c")));
    }

    void saysWhichLineAndNotWhatStandsInIt() {
        const auto bad = readSettings(written("a=1\nhunter2\n"));
        QVERIFY(!bad.has_value());
        QVERIFY(bad.error().message.find("line 2") != std::string::npos);
        QVERIFY(bad.error().message.find("hunter2") == std::string::npos);
        const auto none = readSettings("/no/such/file");
        QVERIFY(!none.has_value());
        QVERIFY(none.error().code == broker::ErrorCode::NotFound);
    }
};

SAMSA_TEST(SettingsFileTest)
#include "settings_file_test.moc"
