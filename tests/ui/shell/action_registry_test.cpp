#include "tests/support/test_registry.h"
#include "ui/shell/action_registry.h"
#include "ui/shell/palette.h"

#include <QTest>
#include <QWidget>

using namespace ui::shell;

class ActionRegistryTest : public QObject {
    Q_OBJECT
private slots:
    void findsKeysUsedTwice() {
        ActionRegistry registry;
        QObject owner;
        registry.add({.id = QStringLiteral("a"), .text = QStringLiteral("A"), .key = QKeySequence(Qt::CTRL | Qt::Key_A), .context = QStringLiteral("topics")}, &owner);
        registry.add({.id = QStringLiteral("b"), .text = QStringLiteral("B"), .key = QKeySequence(Qt::CTRL | Qt::Key_A), .context = QStringLiteral("groups")}, &owner);
        QVERIFY(registry.problems().isEmpty()); // never shown together
        auto* clash = registry.add({.id = QStringLiteral("c"), .text = QStringLiteral("C"), .key = QKeySequence(Qt::CTRL | Qt::Key_A)}, &owner);
        QCOMPARE(registry.problems().size(), 2); // with both
        QVERIFY(clash->shortcut().isEmpty());
        registry.add({.id = QStringLiteral("d"), .text = QString()}, &owner);
        QCOMPARE(registry.problems().size(), 3); // no text
    }

    void refusalsGreyAndExplain() {
        ActionRegistry registry;
        QObject owner;
        int runs = 0;
        auto* action = registry.add({.id = QStringLiteral("a"), .text = QStringLiteral("Delete"), .run = [&runs] { ++runs; }}, &owner);
        action->trigger();
        QCOMPARE(runs, 1);
        action->setRefusal(QStringLiteral("orders<eu> is read-only"));
        QVERIFY(!action->isEnabled());
        QVERIFY(action->toolTip().contains(QStringLiteral("orders&lt;eu&gt; is read-only")));
        action->trigger();
        QCOMPARE(runs, 1);
        action->setRefusal({});
        QVERIFY(action->isEnabled());
    }

    void forgetsActionsOfPagesThatAreGone() {
        ActionRegistry registry;
        {
            QObject page;
            registry.add({.id = QStringLiteral("a"), .text = QStringLiteral("A")}, &page);
            QCOMPARE(registry.actions().size(), 1);
        }
        QVERIFY(registry.actions().isEmpty());
        QVERIFY(!registry.find(QStringLiteral("a")));
    }

    void scores() {
        QCOMPARE(paletteScore(QStringLiteral("payments"), QStringLiteral("xy")), 0);
        QVERIFY(paletteScore(QStringLiteral("payments"), QStringLiteral("pay")) > paletteScore(QStringLiteral("repay"), QStringLiteral("pay")));
        QVERIFY(paletteScore(QStringLiteral("eu.payments"), QStringLiteral("pay")) > paletteScore(QStringLiteral("repayments"), QStringLiteral("pay")));
        QVERIFY(paletteScore(QStringLiteral("Create topic"), QStringLiteral("topic create")) > 0);
    }
};

SAMSA_TEST(ActionRegistryTest)
#include "action_registry_test.moc"
