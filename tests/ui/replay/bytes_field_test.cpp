// What is said about a value while it is typed.
#include "tests/support/test_registry.h"
#include "ui/replay/bytes_field.h"

#include <QTest>

using namespace Qt::StringLiterals;

class BytesFieldTest : public QObject {
    Q_OBJECT
private slots:
    void saysWhetherItIsJson() {
        bool json = false;
        QCOMPARE(ui::replay::jsonHint(R"({"a":1})", &json), u"JSON, 7 B"_s);
        QVERIFY(json);
        QVERIFY(ui::replay::jsonHint("plain words", &json).isEmpty());
        QVERIFY(json);
        QVERIFY(ui::replay::jsonHint("", &json).isEmpty());
        const QString wrong = ui::replay::jsonHint("{\n  \"a\": 1,\n  \"b\": nope\n}", &json);
        QVERIFY(!json);
        QVERIFY2(wrong.startsWith(u"Not JSON: "_s) && wrong.contains(u"line 3"_s), qPrintable(wrong));
    }
};

SAMSA_TEST(BytesFieldTest)
#include "bytes_field_test.moc"
