// What is said about a value while it is typed.
#include "tests/support/test_registry.h"
#include "ui/replay/bytes_field.h"
#include "ui/theme/style.h"
#include "ui/widgets/label.h"

#include <QAction>
#include <QLineEdit>
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
    /// A field shows what a message supplied as Qt lays it out: what turns the order in it is said beside it.
    void saysWhatTurnsTheOrder() {
        ui::replay::BytesField value(u"Value"_s, true);
        value.setBytes("{\"to\": \"\u202Emoc.elpmaxe\"}");
        const auto* hint = value.findChild<ui::widgets::PlainLabel*>();
        QTRY_VERIFY2(hint->text().contains(u"U+202E at position 9"_s), qPrintable(hint->text()));
        value.setBytes("{\"to\": \"example.com\"}");
        QTRY_VERIFY2(hint->text().startsWith(u"JSON, "_s), qPrintable(hint->text()));

        ui::theme::install(ui::theme::make(ui::theme::Scheme::Light));
        ui::replay::BytesField key(u"Key"_s, false);
        auto* line = key.findChild<QLineEdit*>();
        line->ensurePolished();
        QVERIFY(line->actions().isEmpty());
        key.setBytes("a\u2067b");
        QCOMPARE(line->actions().size(), 1);
        QVERIFY2(line->actions().first()->toolTip().contains(u"U+2067 at position 2"_s), qPrintable(line->actions().first()->toolTip()));
        key.setBytes("ab");
        QVERIFY(line->actions().isEmpty());
    }
};

SAMSA_TEST(BytesFieldTest)
#include "bytes_field_test.moc"
